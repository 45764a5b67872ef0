"""The yardstick of `npm run bench -- step`: the same training step in numpy, by hand.

Two heads 768-768-768-768-3 with ReLU, dropout 0.25, focal loss with gamma 2, the gradient clipped to length 1, AdamW.
Prints milliseconds of CPU time of each step as JSON. Arrays of the optimizer are updated in place.
"""

import json
import sys
import time

import numpy as np

WIDTH, LAYERS, CLASSES, BATCH = 768, 3, 3, 48
GAMMA, DROPPED, RATE, DECAY, EPSILON = 2.0, 0.25, 1e-4, 0.01, 1e-8
BETA1, BETA2 = 0.9, 0.999

rng = np.random.default_rng(3)


def layer(inputs, outputs):
    weight = rng.standard_normal((inputs, outputs), dtype=np.float32) * np.float32(np.sqrt(2 / inputs))
    return [weight, np.zeros(outputs, np.float32)]


heads = [[layer(WIDTH, WIDTH) for _ in range(LAYERS)] + [layer(WIDTH, CLASSES)] for _ in range(2)]
firsts = [[[np.zeros_like(p) for p in pair] for pair in head] for head in heads]
seconds = [[[np.zeros_like(p) for p in pair] for pair in head] for head in heads]
features = rng.standard_normal((BATCH, WIDTH), dtype=np.float32)
labels = np.arange(BATCH) % CLASSES
rows = np.arange(BATCH)


def gradients_of(head):
    x, kept = features, []
    for weight, bias in head[:-1]:
        y = np.maximum(x @ weight + bias, 0)
        mask = (rng.random(y.shape, dtype=np.float32) >= DROPPED).astype(np.float32) / np.float32(1 - DROPPED)
        kept.append((x, y, mask))
        x = y * mask
    weight, bias = head[-1]
    logits = x @ weight + bias
    powers = np.exp(logits - logits.max(1, keepdims=True))
    shares = powers / powers.sum(1, keepdims=True)
    p = shares[rows, labels]
    # Of -(1 - p)^gamma ln p by the logits; p is the true class's share.
    factor = (1 - p) ** GAMMA - GAMMA * (1 - p) ** (GAMMA - 1) * p * np.log(p)
    d = shares * (factor / BATCH)[:, None]
    d[rows, labels] -= factor / BATCH
    d = d.astype(np.float32)
    result = [[x.T @ d, d.sum(0)]]
    for (x, y, mask), (upper, _) in zip(reversed(kept), [pair for pair in reversed(head)]):
        d = (d @ upper.T) * mask * (y > 0)
        result.append([x.T @ d, d.sum(0)])
    return result[::-1]


def step(number):
    gradients = [gradients_of(head) for head in heads]
    norm = np.sqrt(sum(float(np.vdot(g, g)) for head in gradients for pair in head for g in pair))
    clip = np.float32(min(1, 1 / (norm + 1e-6)))
    size = np.float32(RATE / (1 - BETA1**number))
    correction = np.float32(1 / np.sqrt(1 - BETA2**number))
    for head, head_g, head_m, head_v in zip(heads, gradients, firsts, seconds):
        for pair, pair_g, pair_m, pair_v in zip(head, head_g, head_m, head_v):
            for p, g, m, v in zip(pair, pair_g, pair_m, pair_v):
                g *= clip
                m *= np.float32(BETA1)
                m += np.float32(1 - BETA1) * g
                g *= g
                v *= np.float32(BETA2)
                v += np.float32(1 - BETA2) * g
                p *= np.float32(1 - RATE * DECAY)
                p -= size * m / (np.sqrt(v) * correction + np.float32(EPSILON))


times = []
for number in range(1, int(sys.argv[1]) + 1):
    since = time.process_time()
    step(number)
    times.append((time.process_time() - since) * 1000)
print(json.dumps(times))
