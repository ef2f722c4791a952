"""Slow, obvious versions of fast code."""

from itertools import pairwise

import numpy as np


def auroc(labels, scores):
    wins = [
        1.0 if high > low else 0.5 if high == low else 0.0
        for high, is_anomaly in zip(scores, labels, strict=True)
        if is_anomaly
        for low, is_also in zip(scores, labels, strict=True)
        if not is_also
    ]
    return sum(wins) / len(wins)


def average_precision(labels, scores):
    total, recall_before = 0.0, 0.0
    for value in sorted(set(scores), reverse=True):
        caught = sum(1 for label, score in zip(labels, scores, strict=True) if label and score >= value)
        flagged = sum(1 for score in scores if score >= value)
        recall = caught / sum(labels)
        total += (recall - recall_before) * caught / flagged
        recall_before = recall
    return total


def resamples(labels, n, seed):
    """Row numbers of each resample, drawn as the fast bootstrap draws them while one batch holds them all."""
    rng = np.random.default_rng(seed)
    groups = [[row for row, label in enumerate(labels) if label == kind] for kind in (0, 1)]
    drawn = [rng.integers(len(rows), size=(n, len(rows))) for rows in groups]
    for i in range(n):
        yield [rows[k] for rows, draws in zip(groups, drawn, strict=True) for k in draws[i]]


def p_value(normal_scores, score):
    return (1 + sum(1 for other in normal_scores if other >= score)) / (len(normal_scores) + 1)


def runs(mask):
    found, start = [], None
    for step, value in enumerate([*mask, 0]):
        if value and start is None:
            start = step
        elif not value and start is not None:
            found.append((start, step))
            start = None
    return found


def fold(windows, scores, n_times, how):
    """For each time step, sum up what every window with a score that is about it says; NaN where there is none."""
    ends = {end: row for row, end in enumerate(range(windows.span - 1, n_times, windows.stride))}
    folded = []
    for step in range(n_times):
        about = [end for end in range(step, step + windows.reach) if end in ends]
        if about:
            scores_there = [scores[ends[end]][windows.reach - 1 - (end - step)] for end in about]
            known = [score for score in scores_there if not np.isnan(score)]
            folded.append({"mean": np.mean, "max": np.max, "median": np.median}[how](known) if known else np.nan)
        else:
            folded.append(np.nan)
    return folded


def volumes(labels, scores, buffer, n_thresholds):
    """VUS-ROC and VUS-PR: every width of the buffer and every threshold by itself."""
    steps, anomalies = range(len(labels)), runs(labels)
    ranked = sorted(scores, reverse=True)
    thresholds = [ranked[int(i)] for i in np.linspace(0, len(scores) - 1, n_thresholds)]
    areas = []
    for width in range(buffer + 1):
        half = width // 2
        soft = [float(label) for label in labels]
        for start, end in anomalies:
            for step in steps:
                away = max(start - step, step - (end - 1))
                if 0 < away <= half:
                    soft[step] = min(1.0, soft[step] + np.sqrt(1 - away / width))
        widened = runs([any(start - half <= step < end + half for start, end in anomalies) for step in steps])
        # Buffers that touch without meeting stay two anomalies.
        touching = {first[1] + half for first, second in pairwise(anomalies) if second[0] - first[1] == 2 * half}
        widened = [
            piece
            for start, end in widened
            for piece in pairwise([start, *sorted(at for at in touching if start < at < end), end])
        ]
        curve = [(0.0, 0.0, 1.0)]
        for threshold in thresholds:
            flagged = [step for step in steps if scores[step] >= threshold]
            right = sum(soft[step] for step in flagged)
            seen = sum(labels) + sum(soft[step] for step in flagged if not labels[step])
            positive = (sum(labels) + seen) / 2
            found = sum(1 for start, end in widened if any(start <= step < end for step in flagged)) / len(widened)
            recall, false_alarms = min(right / positive, 1) * found, (len(flagged) - right) / (len(labels) - positive)
            curve.append((false_alarms, recall, right / len(flagged)))
        under_pr = sum((after[1] - before[1]) * after[2] for before, after in pairwise(curve))
        curve.append((1.0, 1.0, 0.0))
        under_roc = sum((after[0] - before[0]) * (after[1] + before[1]) / 2 for before, after in pairwise(curve))
        areas.append((under_roc, under_pr))
    return tuple(np.mean(areas, axis=0))


def affiliation(labels, predicted, pieces):
    """Affiliation precision and recall, added up over ``pieces`` of each time step and over all times of its zone."""
    times = (np.arange(len(labels) * pieces) + 0.5) / pieces
    anomalies = runs(labels)
    flagged = np.repeat(np.array(predicted) == 1, pieces)
    away = np.array([np.maximum(np.maximum(start - times, times - end), 0) for start, end in anomalies])
    precisions, recalls = [], []
    for zone in range(len(anomalies)):
        begin = sum(anomalies[zone - 1][1:] + anomalies[zone][:1]) / 2 if zone else 0
        end = sum(anomalies[zone][1:] + anomalies[zone + 1][:1]) / 2 if zone + 1 < len(anomalies) else len(labels)
        inside = (begin < times) & (times < end)
        found, here = np.flatnonzero(flagged & inside), np.flatnonzero(away[zone] == 0)
        if len(found):
            precisions.append(np.mean([_farther(away[zone][inside], away[zone][i]) for i in found]))
        recall = 0.0
        for i in here if len(found) else ():
            distances = np.abs(times - times[i])
            distance = 0 if i in found else distances[found].min() - 0.5 / pieces
            recall += np.mean(_farther(distances[inside], distance))
        recalls.append(recall / len(here))
    return np.mean(precisions) if precisions else float("nan"), np.mean(recalls)


def _farther(distances, distance):
    """Of times as far away as this one half count, unless there is no distance."""
    return np.ones_like(distances) if distance == 0 else (distances > distance) + 0.5 * (distances == distance)


def range_rewards(ranges, others, alpha):
    """The mean over the runs of ``ranges`` of what each of them is worth."""
    rewards = []
    for start, end in runs(ranges):
        steps = set(range(start, end))
        overlaps = [len(steps & set(range(*other))) for other in runs(others)]
        meets = sum(1 for overlap in overlaps if overlap)
        share = sum(overlaps) / len(steps) / meets if meets else 0
        rewards.append((alpha if meets else 0) + (1 - alpha) * share)
    return np.mean(rewards) if rewards else float("nan")


def nearest_by_pairs(values, length, may, flat, rows=None):
    """The three distances of each window to the nearest of those that it ``may(i, j)`` be compared to."""
    windows = np.lib.stride_tricks.sliding_window_view(np.clip(values, -1e4, 1e4), length)
    found, places = np.full((3, len(windows)), np.nan), np.arange(len(windows))
    whole, spreads = ~np.isnan(windows).any(axis=1), windows.std(axis=1)
    centred = windows - windows.mean(axis=1, keepdims=True)
    for i in range(*(rows or (0, len(windows)))):
        others = np.flatnonzero(whole & whole[i] & may(i, places))
        if len(others):
            shaped = (spreads[others] >= flat) & (spreads[i] >= flat)
            sizes = np.where(shaped, spreads[others], 1.0) * (spreads[i] or 1.0)
            correlations = np.where(shaped, (centred[others] * centred[i]).mean(axis=1) / sizes, 0.0)
            best = others[correlations.argmax()]
            apart = centred[i] / (spreads[i] or 1.0) - centred[best] / (spreads[best] or 1.0)
            found[:, i] = (
                # Of what is all but alike nothing is left of 2 - 2r.
                np.sqrt(np.square(apart).mean()) if correlations.max() > 0.5 else np.sqrt(2 - 2 * correlations.max()),
                np.sqrt(np.square(centred[others] - centred[i]).mean(axis=1).min()),
                np.sqrt(np.square(windows[others] - windows[i]).mean(axis=1).min()),
            )
    return found
