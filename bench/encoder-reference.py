"""Writes test/golden/encoders/*.json: what Hugging Face's own models and ONNX Runtime give for small encoders.

The weights follow from a formula, so that the fixtures hold only the outputs (test/trainer/encoder-reference.test.ts
makes the same weights). To run it again, in a folder of its own:

    python3 -m venv v && v/bin/pip install tensorflow-cpu==2.15.1 transformers==4.40.2 tf2onnx==1.16.1 \\
        onnxruntime==1.17.3 'numpy<2' 'onnx<1.17'
    v/bin/python bench/encoder-reference.py
"""

import json
import os
import pathlib
import zlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import onnxruntime
import tensorflow as tf
import tf2onnx
import transformers

FOLDER = pathlib.Path(__file__).parent.parent / "test/golden/encoders"
TEXTS = [[2, 5, 9, 11, 3], [2, 7, 3], [2, 29, 28, 8, 8, 8, 4, 17, 3]]

MODELS = {
    "bert": (
        transformers.TFBertModel,
        transformers.BertConfig(
            vocab_size=30, hidden_size=16, num_hidden_layers=5, num_attention_heads=2, intermediate_size=24,
            max_position_embeddings=16, type_vocab_size=2, output_hidden_states=True,
        ),
    ),
    "bert-gelu-new": (
        transformers.TFBertModel,
        transformers.BertConfig(
            vocab_size=30, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24,
            max_position_embeddings=16, type_vocab_size=2, hidden_act="gelu_new", output_hidden_states=True,
        ),
    ),
    "roberta": (
        transformers.TFRobertaModel,
        transformers.RobertaConfig(
            vocab_size=30, hidden_size=16, num_hidden_layers=4, num_attention_heads=2, intermediate_size=24,
            max_position_embeddings=16, type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5,
            output_hidden_states=True,
        ),
    ),
    "xlm-roberta": (
        transformers.TFXLMRobertaModel,
        transformers.XLMRobertaConfig(
            vocab_size=30, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
            max_position_embeddings=16, type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5,
            output_hidden_states=True,
        ),
    ),
    "distilbert": (
        transformers.TFDistilBertModel,
        transformers.DistilBertConfig(
            vocab_size=30, dim=16, n_layers=4, n_heads=2, hidden_dim=24, max_position_embeddings=16,
            output_hidden_states=True,
        ),
    ),
}


def checkpoint_name(variable):
    """The name of the array in a PyTorch checkpoint, as transformers itself converts it; and whether it is turned."""
    from transformers.modeling_tf_pytorch_utils import TransposeType, convert_tf_weight_name_to_pt_weight_name

    name, turned = convert_tf_weight_name_to_pt_weight_name(variable.name, tf_weight_shape=variable.shape)
    return name, turned == TransposeType.SIMPLE


def values(name, shape):
    """The same numbers as in the test: a 32-bit linear congruential generator, started from the CRC of the name."""
    state = zlib.crc32(name.encode())
    numbers = []
    for _ in range(int(np.prod(shape))):
        state = (1664525 * state + 1013904223) % 2**32
        numbers.append(state / 2**32 - 0.5)
    middle = 1.0 if "norm" in name.lower() and name.endswith("weight") else 0.0
    return (middle + 0.8 * np.array(numbers, np.float64)).astype(np.float32).reshape(shape)


def bare(name):
    for prefix in ("bert.", "roberta.", "distilbert."):
        if name.startswith(prefix):
            return name[len(prefix):]
    return name


def reference(name, kind, config):
    model = kind(config)
    padding = config.pad_token_id
    longest = max(len(text) for text in TEXTS)
    ids = np.array([text + [padding] * (longest - len(text)) for text in TEXTS], np.int32)
    mask = np.array([[1] * len(text) + [0] * (longest - len(text)) for text in TEXTS], np.int32)
    model(input_ids=ids, attention_mask=mask)
    tensors = {}
    for variable in model.weights:
        array, turned = checkpoint_name(variable)
        shape = tuple(variable.shape)[::-1] if turned else tuple(variable.shape)
        tensors[array] = list(shape)
        numbers = values(bare(array), shape)
        variable.assign(numbers.T if turned else numbers)
    ours = model(input_ids=ids, attention_mask=mask, training=False).hidden_states

    signature = [tf.TensorSpec([None, None], tf.int32, name="ids"), tf.TensorSpec([None, None], tf.int32, name="mask")]
    run = tf.function(lambda i, m: model(input_ids=i, attention_mask=m, training=False).hidden_states, signature)
    graph, _ = tf2onnx.convert.from_function(run, signature, opset=15)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    onnx = session.run(None, {"ids": ids, "mask": mask})
    apart = max(float(np.abs((a.numpy() - b) * mask[:, :, None]).max()) for a, b in zip(ours, onnx))
    print(f"{name}: transformers and ONNX Runtime differ by {apart:.1e}")

    # Real tokens only, text after text, of every layer: what ONNX Runtime gave.
    states = [[np.round(layer[b, : len(text)].astype(float), 6).tolist() for b, text in enumerate(TEXTS)] for layer in onnx]
    versions = {m.__name__: m.__version__ for m in (transformers, tf, tf2onnx, onnxruntime)}
    keep = {key: value for key, value in config.to_dict().items() if key in KEPT}
    return {"versions": versions, "config": keep, "tensors": tensors, "texts": TEXTS, "states": states}


KEPT = {
    "model_type", "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
    "max_position_embeddings", "type_vocab_size", "hidden_act", "layer_norm_eps", "pad_token_id", "dim", "n_layers",
    "n_heads", "hidden_dim", "activation",
}

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (kind, config) in MODELS.items():
        found = reference(name, kind, config)
        (FOLDER / f"{name}.json").write_text(json.dumps(found) + "\n")
