"""Optuna asks, somebody else answers: python optuna-asks.py ARGUMENTS.json tpe|gp EVALUATIONS SEED,SEED,...

Writes one line of JSON params an evaluation and reads one line with the value, smaller is better.
"""
import json
import sys
import warnings

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore")
arguments = json.load(open(sys.argv[1]))
evaluations = int(sys.argv[3])


def sampler(seed):
    if sys.argv[2] == "tpe":
        return optuna.samplers.TPESampler(seed=seed)
    import torch

    torch.set_num_threads(1)
    return optuna.samplers.GPSampler(seed=seed, deterministic_objective=True)


def suggest(trial):
    params = {}
    for it in arguments:
        if any(params.get(gate) not in values for gate, values in it.get("when", {}).items()):
            continue
        name = it["name"]
        if it["kind"] == "category":
            params[name] = trial.suggest_categorical(name, it["choices"])
        elif it["kind"] == "int":
            params[name] = trial.suggest_int(name, it["low"], it["high"])
        else:
            params[name] = trial.suggest_float(name, it["low"], it["high"], log=it["kind"] == "log")
    return params


for seed in map(int, sys.argv[4].split(",")):
    study = optuna.create_study(sampler=sampler(seed))
    for _ in range(evaluations):
        trial = study.ask()
        print(json.dumps(suggest(trial)), flush=True)
        study.tell(trial, float(sys.stdin.readline()))
