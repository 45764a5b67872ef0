"""Optuna's default sampler on one table: python optuna-peer.py TABLE.json EVALUATIONS,EVALUATIONS REPEATS

Each evaluation draws one seed of the table. Prints, for `best` (the best value seen is recommended) and `race` (the last
fifth of the evaluations re-runs the leaders on seeds they have not had, halving them), the regrets by evaluations.
"""
import json
import random
import sys

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
table = json.load(open(sys.argv[1]))
budgets = [int(it) for it in sys.argv[2].split(",")]
repeats = int(sys.argv[3])

columns, values = table["columns"], table["values"]
seeds = len(values[0])
sign = 1 if table["goal"] == "minimize" else -1
means = [sum(row) / len(row) for row in values]
ordered = sorted(sign * mean for mean in means)
best = ordered[0]
half = len(ordered) // 2
median = ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def regret(code):
    return (sign * means[code] - best) / (median - best)


def suggest(trial):
    code = 0
    for column in columns:
        name, levels = column["name"], column["levels"]
        if column["ordered"]:
            level = trial.suggest_int(name, 0, levels - 1)
        else:
            level = trial.suggest_categorical(name, list(range(levels)))
        code = code * levels + level
    return code


def search(seed, evaluations):
    """[(code, seed of the table, value)] in order; its beginning is the search with fewer evaluations."""
    rng = random.Random(seed)
    direction = "minimize" if sign == 1 else "maximize"
    study = optuna.create_study(direction=direction, sampler=optuna.samplers.TPESampler(seed=seed))
    seen = []
    for _ in range(evaluations):
        trial = study.ask()
        code = suggest(trial)
        drawn = rng.randrange(seeds)
        study.tell(trial, values[code][drawn])
        seen.append((code, drawn, sign * values[code][drawn]))
    return seen


def final_race(seen, evaluations, seed):
    """Leaders by their mean get one more seed each, as long as there are any; after each round the better half stays."""
    rng = random.Random(f"{seed} race")
    known = {}
    for code, drawn, value in seen:
        known.setdefault(code, {})[drawn] = value
    mean = lambda code: sum(known[code].values()) / len(known[code])
    leaders = sorted(known, key=mean)[: max(2, evaluations // 2)]
    left = evaluations
    while left > 0 and len(leaders) > 1:
        for code in leaders:
            fresh = [it for it in range(seeds) if it not in known[code]]
            if left > 0 and fresh:
                drawn = rng.choice(fresh)
                known[code][drawn] = sign * values[code][drawn]
                left -= 1
        leaders = sorted(leaders, key=mean)[: max(1, len(leaders) // 2)]
    return leaders[0]


found = {"best": {str(n): [] for n in budgets}, "race": {str(n): [] for n in budgets}}
for seed in range(repeats):
    whole = search(seed, max(budgets))
    for n in budgets:
        code, _, _ = min(whole[:n], key=lambda it: it[2])
        found["best"][str(n)].append(regret(code))
        spared = round(0.2 * n)
        found["race"][str(n)].append(regret(final_race(whole[: n - spared], spared, seed)))
print(json.dumps(found))
