"""Macro-F1 of class-balanced logistic regression on tf-idf, for bench/quality.mjs: JSON in by file, JSON out by stdout."""
import json
import sys

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_union


def words(**more):
    return TfidfVectorizer(ngram_range=(1, 2), **more)


def characters():
    return TfidfVectorizer(analyzer='char_wb', ngram_range=(3, 5), sublinear_tf=True)


# The first is the yardstick; the others stand beside it because they are what one would try next.
VECTORIZERS = {
    'words 1-2': words,
    'characters 3-5, sublinear': characters,
    'both, sublinear': lambda: make_union(words(sublinear_tf=True), characters()),
}

with open(sys.argv[1], encoding='utf-8') as file:
    data = json.load(file)
texts = {split: [data['texts'][row] for row in rows] for split, rows in data['splits'].items()}
result = {}
for name, make in VECTORIZERS.items():
    vectorizer = make()
    train, test = vectorizer.fit_transform(texts['train']), vectorizer.transform(texts['test'])
    result[name] = {}
    for task, labels in data['labels'].items():
        of = {split: [labels[row] for row in rows] for split, rows in data['splits'].items()}
        model = LogisticRegression(class_weight='balanced', max_iter=1000).fit(train, of['train'])
        result[name][task] = f1_score(of['test'], model.predict(test), average='macro')
json.dump(result, sys.stdout)
