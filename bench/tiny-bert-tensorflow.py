"""The yardstick of bench/tiny-bert.mjs: the same training step in TensorFlow on one thread. Prints milliseconds
of CPU time.

Needs tensorflow and transformers, as bench/encoder-reference.py does."""

import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf

# Before transformers is imported, which asks for an older Keras that need not be there.
keras = tf.keras.layers and tf.keras
import transformers

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

TOKENS, BATCH = 64, 16
config = transformers.BertConfig(
    vocab_size=2000, hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=512,
    max_position_embeddings=64,
)
bert = transformers.TFBertModel(config, add_pooling_layer=False)
heads = [keras.layers.Dense(3) for _ in range(2)]
ids = np.random.RandomState(1).randint(0, 2000, (BATCH, TOKENS)).astype(np.int32)
labels = np.random.RandomState(2).randint(0, 3, (2, BATCH)).astype(np.int32)
optimizer = keras.optimizers.AdamW(learning_rate=1e-4, weight_decay=0.01, global_clipnorm=1.0)


@tf.function
def step():
    with tf.GradientTape() as tape:
        pooled = tf.reduce_mean(bert(input_ids=ids, training=True).last_hidden_state, 1)
        losses = [
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels[t], head(pooled)) for t, head in enumerate(heads)
        ]
        loss = tf.add_n([tf.reduce_mean(one) for one in losses])
    weights = bert.trainable_variables + heads[0].trainable_variables + heads[1].trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
    return loss


for _ in range(3):
    step()
times = []
for _ in range(int(sys.argv[1])):
    since = time.process_time()
    step().numpy()
    times.append(1000 * (time.process_time() - since))
print(f"{tf.__version__} {sorted(times)[len(times) // 10]}")
