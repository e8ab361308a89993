#!/usr/bin/env python3
"""The reference the skill models are measured against: a bag of 1-2-grams with a linear model, and
boosted trees on about 110 hand features, both trained on DIR/train, and the mean of the two.

    python3 benches/skills_reference.py DIR [--split dev] [--out reference.jsonl]

Needs numpy, scikit-learn and xgboost. Prints, for each of the ten tasks, the metric (Spearman for
real-valued labels, AUC for the others) of length alone, the n-grams, the hand features and both;
writes one JSON object a prediction: id, task, dialogue, target, length, ngrams, hand, both.
"""

import argparse
import json
import math
import re
from pathlib import Path

import numpy as np
import xgboost as xgb
from scipy.sparse import hstack
from scipy.stats import rankdata, spearmanr
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score

SEED = 7

# task: file, whether the label is real-valued, how it is read from a row (None: not a row of the task)
TASKS = {
    "politeness_z": ("politeness", True, lambda row: row["labels"]["politeness_z"]),
    "receptive_z": ("receptiveness", True, lambda row: row["labels"]["receptive_z"]),
    "uptake_z": ("uptake", True, lambda row: row["labels"]["uptake_z"]),
    "showing-empathy": ("casino_strategy", False, lambda row: row["labels"]["showing-empathy"]),
    "elicit-pref": ("casino_strategy", False, lambda row: row["labels"]["elicit-pref"]),
    "promote-coordination": (
        "casino_strategy", False, lambda row: row["labels"]["promote-coordination"]),
    "uncivil": ("github_incivility", False, lambda row: row["labels"]["uncivil"]),
    "inquiry": ("persuasion_acts", False, lambda row: row["labels"]["inquiry"]),
    # Only reframed lines: what tells them from the originals must not help.
    "growth": ("positive_reframing", False, lambda row: strategy(row, "growth")),
    "optimism": ("positive_reframing", False, lambda row: strategy(row, "optimism")),
}


def strategy(row, name):
    return float(name in row["labels"]["strategies"]) if row["labels"]["is_reframe"] else None


# What is counted in a line; each gives a share of the words, those marked + also a count.
LEXICON = {
    "i+": r"\b(i|i'm|i've|i'd|i'll|me|my|mine|myself)\b",
    "you+": r"\b(you|your|yours|you're|you've|you'd|you'll|yourself)\b",
    "we+": r"\b(we|us|our|ours|we're|we've|we'd|we'll|let's)\b",
    "they": r"\b(he|she|they|him|her|them|his|their|theirs)\b",
    "please+": r"\b(please|pls|plz)\b",
    "please_start": r"(^|[.!?]\s+)please\b",
    "gratitude+": r"\b(thank|thanks|thx|grateful|appreciate[ds]?|thankful)\b",
    "apology+": r"\b(sorry|apolog\w+|excuse me|my bad|forgive)\b",
    "greeting": r"\b(hi|hello|hey|greetings|good (morning|evening|afternoon)|welcome)\b",
    "greeting_start": r"^\W*(hi|hello|hey)\b",
    "deference": r"\b(great|good|nice|interesting|cool|excellent|awesome|amazing) (job|work|point|idea|question|article|edit|news)\b",
    "hedge+": r"\b(maybe|perhaps|possibly|probably|might|seem\w*|appear\w*|suppose|guess|somewhat|sort of|kind of|i think|i believe|i feel|likely|could be|may be|in my opinion)\b",
    "factuality": r"\b(in fact|actually|really|the point|the reality|honestly|obviously|clearly|of course)\b",
    "subjunctive": r"\b(could|would) you\b",
    "indicative": r"\b(can|will) you\b",
    "modal": r"\b(can|could|may|might|should|would|must|shall|will)\b",
    "obligation+": r"\b(should|must|have to|has to|need to|ought to|supposed to)\b",
    "negation+": r"(\b(not|no|never|none|nothing|nobody|neither|nor|cannot|without)\b|n't\b)",
    "because+": r"\b(because|since|so that|therefore|due to|thus|hence|reason)\b",
    "but+": r"\b(but|however|although|though|yet|nevertheless|despite)\b",
    "agree+": r"\b(agree[ds]?|yes|yeah|yep|right|exactly|true|sure|absolutely|ok|okay|good point|you're right)\b",
    "disagree": r"\b(disagree|wrong|incorrect|false|nonsense|don't agree|not true)\b",
    "acknowledge": r"\b(i understand|i see|i hear|understand\w*|fair enough|i know that|makes sense|see your point|i get)\b",
    "if": r"\b(if|unless|whether)\b",
    "when": r"\b(when|while|after|before|until|then)\b",
    "absolute": r"\b(always|never|every|all|everyone|everything|nobody|completely|totally|entire\w*)\b",
    "positive+": r"\b(good|great|nice|love\w*|like|happy|glad|best|better|awesome|wonderful|excellent|hope\w*|enjoy\w*|fun|cool|perfect|fantastic|amazing|beautiful|help\w*|kind|fair|win|lucky|bless\w*|proud|excit\w*|strong\w*)\b",
    "negative+": r"\b(bad|hate\w*|terrible|awful|worst|worse|sad|angry|annoy\w*|problem\w*|wrong|hard|fail\w*|broken|stupid|ugly|hurt\w*|pain\w*|sick|tired|stress\w*|lost|fear\w*|worr\w*|difficult|frustrat\w*|horrible)\b",
    "rude+": r"\b(stupid|idiot\w*|dumb|crap|shit\w*|fuck\w*|damn|hell|wtf|bullshit|garbage|ridiculous|pathetic|moron\w*|lazy|joke|nonsense|ass|suck\w*|clueless|useless|insane|shame|sick of)\b",
    "feeling+": r"\b(feel\w*|felt|emotion\w*|sorry|sad|happy|upset|worried|afraid|scared|glad|angry|excited|hope|care)\b",
    "family": r"\b(family|kid\w*|child\w*|son|daughter|wife|husband|mom|mother|father|dad|baby|friend\w*|brother|sister)\b",
    "need+": r"\b(need\w*|want\w*|require\w*|prefer\w*|would like|must have|priority|important|value)\b",
    "offer+": r"\b(give|take|get|have|trade|deal|offer|split|share|keep|exchange|swap|extra|rest|packages?)\b",
    "together+": r"\b(together|both|each|we can|let's|fair|even|equal\w*|agreement|work out|compromise|win)\b",
    "number+": r"\b(\d+|one|two|three|four|five|1st|2nd|3rd|first|second|third)\b",
    "what_how+": r"\b(what|how|what's|how's)\b",
    "which_who": r"\b(which|who|where|when|why|whose)\b",
    "wh_start+": r"(^|[.!?,]\s+)(so |and |but |ok |okay )?(what|how|which|who|where|when|why)\b",
    "aux_start+": r"(^|[.!?,]\s+)(so |and |but |ok |okay )?(do|does|did|is|are|was|were|can|could|would|will|have|has|should) (you|it|we|they|i|he|she|this|that|there|the)\b",
    "how_about": r"\b(how|what) (about|bout)\b",
    "do_you": r"\b(do|did|have|are|were) you\b",
    "tell_me": r"\b(tell me|let me know|explain|describe|share with)\b",
    "imperative": r"(^|[.!?]\s+)(stop|go|do|don't|get|make|look|see|read|try|fix|use|give|take|let|check|come|put|think|remember|just)\b",
    "intensifier": r"\b(very|so|really|too|extremely|absolutely|quite|pretty|just|even|still|at all)\b",
    "cognitive+": r"\b(think|know|because|understand|realize|believe|consider|wonder|guess|mean|reason|idea|why|cause)\b",
    "social": r"\b(people|everyone|we|us|friend\w*|talk\w*|they|person|others|together|community|team)\b",
    "future+": r"\b(will|going to|gonna|soon|tomorrow|next|future|i'll|we'll|one day|someday)\b",
    "past": r"\b(was|were|had|did|used to|yesterday|ago|last)\b",
    "can": r"\b(can|able|possible|could)\b",
    "learn+": r"\b(learn\w*|grow\w*|improv\w*|practice|chance|opportunit\w*|lesson|stronger|experience|try|work|better|change)\b",
    "thankful": r"\b(thankful|grateful|at least|lucky|bless\w*|luckily)\b",
    "time": r"\b(time|day|days|today|week\w*|month\w*|year\w*|hour\w*|morning|night|now)\b",
    "discourse": r"\b(well|so|ok|okay|oh|anyway|right|now|alright)\b",
    "so_you": r"\b(so you|you said|you mean|you think|you feel|sounds like|you're saying|did you say)\b",
    "praise": r"\b(good|great|nice|excellent|very good|perfect|wonderful|exactly|thank you)\b",
    "quote": r"[\"\u201c\u201d`]",
    "url": r"(https?://|www\.|<url>)",
    "code": r"(\[code\]|`|::|\(\))",
    "ellipsis": r"(\.\.\.|\u2026)",
    "emoji": r"([\U0001F300-\U0001FAFF\u2600-\u27BF]|[:;]-?[)(DP])",
    "multi_punct": r"[!?]{2,}",
    "upper_word": None,
}
COMPILED = {
    name: re.compile(source, re.I) for name, source in LEXICON.items() if source is not None}
STOP = set(
    "a an the this that these those i me my we us our you your he him his she her it its they them their "
    "is are am was were be been being do does did have has had will would can could should may might must "
    "and or but if so of to in on at by for with from as about not no yes than then there here what which "
    "who how when where why all any some just too very s t ll ve re d m don didn isn okay ok".split())
WORD = re.compile(r"[a-z0-9']+")


def words_of(text):
    return WORD.findall(text.lower().replace("\u2019", "'"))


def stem(word):
    for end in ("ing", "ed", "es", "s", "ly"):
        if word.endswith(end) and len(word) - len(end) >= 3:
            return word[: -len(end)]
    return word


def content(words):
    return [stem(word) for word in words if word not in STOP and len(word) > 1]


def syllables(word):
    return max(1, len(re.findall(r"[aeiouy]+", word)))


def hand(row, idf):
    """The hand features of a row, by name."""
    text = row["text"].replace("\u2019", "'")
    words = words_of(text)
    count = max(1, len(words))
    sentences = [part for part in re.split(r"[.!?\n]+", text) if part.strip()] or [text]
    out = {
        "words": len(words),
        "log_words": math.log1p(len(words)),
        "characters": len(text),
        "sentences": len(sentences),
        "words_a_sentence": len(words) / len(sentences),
        "word_length": sum(map(len, words)) / count,
        "unique_share": len(set(words)) / count,
        "readability": 206.8 - 1.015 * len(words) / len(sentences)
        - 84.6 * sum(map(syllables, words)) / count,
        "stop_share": sum(word in STOP for word in words) / count,
        "long_share": sum(len(word) > 6 for word in words) / count,
        "questions": text.count("?"),
        "ends_asking": float(text.rstrip().endswith("?")),
        "exclamations": text.count("!"),
        "commas": text.count(","),
        "periods": text.count("."),
        "lines": text.count("\n"),
        "digits": sum(c.isdigit() for c in text) / max(1, len(text)),
        "capitals": sum(c.isupper() for c in text) / max(1, len(text)),
        "upper_word": len(re.findall(r"\b[A-Z]{2,}\b", text)),
        "starts_lower": float(text[:1].islower()),
        "asking_share": sum("?" in part for part in re.split(r"(?<=[.!?])", text)) / len(sentences),
    }
    for name, pattern in COMPILED.items():
        found = len(pattern.findall(text))
        out[name.rstrip("+")] = found / count
        if name.endswith("+"):
            out[name + "count"] = found
    context = row.get("context") or []
    theirs = [turn["text"] for turn in context if turn["role"] != "speaker"]
    mine = [turn["text"] for turn in context if turn["role"] == "speaker"]
    last = words_of(theirs[-1]) if theirs else []
    own, other = set(content(words)), set(content(last))
    shared = own & other
    out |= {
        "context_turns": len(context),
        "has_partner": float(bool(theirs)),
        "partner_words": len(last),
        "partner_asks": float(bool(theirs) and "?" in theirs[-1]),
        "shared": len(shared),
        "shared_own": len(shared) / max(1, len(own)),
        "shared_theirs": len(shared) / max(1, len(other)),
        "shared_idf": sum(idf.get(word, 8.0) for word in shared),
        "jaccard": len(shared) / max(1, len(own | other)),
        "all_shared": len(set(words) & set(last)) / count,
        "length_ratio": math.log((len(words) + 1) / (len(last) + 1)) if theirs else 0.0,
        "talk_share": len(words) / max(1, len(words) + sum(len(words_of(one)) for one in theirs)),
        "mine_before": sum(len(words_of(one)) for one in mine),
        "follows_self": float(bool(context) and context[-1]["role"] == "speaker"),
    }
    return out


def read(folder, split, name):
    path = Path(folder) / split / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def metric(real, target, predicted):
    return spearmanr(target, predicted)[0] if real else roc_auc_score(target, predicted)


def grams(train, other, target, real):
    """A bag of 1-2-grams of the line (and of the partner's last one) with a linear model."""
    def last(row):
        theirs = [t["text"] for t in row.get("context") or [] if t["role"] == "partner"]
        return theirs[-1] if theirs else ""

    matrices = []
    for side in (lambda row: row["text"], last):
        if not any(side(row) for row in train):
            continue
        bag = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True,
                              token_pattern=r"(?u)\b\w+\b|[?!]")
        weight = 1.0 if not matrices else 0.3
        fitted = bag.fit_transform([side(row) for row in train]) * weight
        matrices.append((fitted, bag.transform([side(row) for row in other]) * weight))
    fit, ask = (hstack(part).tocsr() for part in zip(*matrices))
    if real:
        return Ridge(alpha=3.0).fit(fit, target).predict(ask)
    model = LogisticRegression(C=3.0, max_iter=2000, class_weight="balanced")
    return model.fit(fit, target).decision_function(ask)


def trees(train, other, target, real):
    """Boosted trees on the hand features."""
    seen = {}
    for row in train:
        for word in set(content(words_of(row["text"]))):
            seen[word] = seen.get(word, 0) + 1
    idf = {word: math.log(len(train) / count) for word, count in seen.items()}
    tables = [[hand(row, idf) for row in rows] for rows in (train, other)]
    names = list(tables[0][0])
    fit, ask = (np.array([[row[name] for name in names] for row in table], np.float32)
                for table in tables)
    kind = xgb.XGBRegressor if real else xgb.XGBClassifier
    model = kind(n_estimators=300, max_depth=4, learning_rate=0.05, subsample=0.8,
                 colsample_bytree=0.5, min_child_weight=5, reg_lambda=2.0, random_state=SEED,
                 tree_method="hist")
    model.fit(fit, target)
    answer = model.predict(ask) if real else model.predict_proba(ask)[:, 1]
    return answer, len(names)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder")
    arguments.add_argument("--split", default="dev")
    arguments.add_argument("--out")
    given = arguments.parse_args()
    lines = []
    print(f"{'task':22}{'rows':>6}{'length':>8}{'n-grams':>9}{'hand':>7}{'both':>7}")
    for task, (name, real, label) in TASKS.items():
        sets = []
        for split in ("train", given.split):
            rows = [(row, label(row)) for row in read(given.folder, split, name)]
            sets.append([(row, value) for row, value in rows if value is not None])
        (train, target), (other, truth) = (tuple(zip(*rows)) for rows in sets)
        target, truth = np.array(target, float), np.array(truth, float)
        length = np.array([len(words_of(row["text"])) for row in other])
        one = grams(train, other, target, real)
        two, width = trees(train, other, target, real)
        both = (rankdata(one) + rankdata(two)) / (2 * len(other))
        figures = [metric(real, truth, column) for column in (length, one, two, both)]
        print(f"{task:22}{len(other):6}{figures[0]:8.3f}{figures[1]:9.3f}{figures[2]:7.3f}"
              f"{figures[3]:7.3f}", flush=True)
        for at, row in enumerate(other):
            lines.append(json.dumps({
                "id": row["id"], "task": task, "dialogue": row["dialogue_id"],
                "target": truth[at], "length": int(length[at]), "ngrams": float(one[at]),
                "hand": float(two[at]), "both": float(both[at])}))
    print(f"{width} hand features")
    if given.out:
        Path(given.out).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
