"""Figures in sentences of the pages are those of the files of results.

``{ucr/pca/located | %}`` stands for a cell: a file, after ``#`` a table of it that is not the first one, a row by its
first cell, and a column. Where a test fails, the page does not say what the sentence here says.
"""

import re

import pytest

from pages import read
from website.results import table_of

SENTENCES = {
    "docs/benchmarks.md": [
        "there ARTime has {nab#Published NAB scores/ARTime/standard | .2f}",
        "Numenta HTM {nab#Published NAB scores/numenta/standard | .2f}",
        "the windowed Gaussian {nab#Published NAB scores/windowedGaussian/standard | .2f}",
        "random scores {nab#Published NAB scores/random/standard | .2f}",
        "is KShapeAD's, {tsb-ad-u#Ranks over 28 series/KShapeAD/mean VUS-PR | .3f}",
        "is LSTMAD's, {tsb-ad-m#Ranks over 14 series/LSTMAD/mean VUS-PR | .3f}",
    ],
    "docs/results.md": [
        "| **{tsb-ad-u/profile/VUS-PR | .3f}** | {tsb-ad-u/pca/VUS-PR | .3f} | "
        "{tsb-ad-u#Ranks over 28 series/KShapeAD/mean VUS-PR | .3f} of 32 methods (KShapeAD) |",
        "| **{tsb-ad-m/profile/VUS-PR | .3f}** | {tsb-ad-m/pca/VUS-PR | .3f} | "
        "{tsb-ad-m#Ranks over 14 series/LSTMAD/mean VUS-PR | .3f} of 23 methods (LSTMAD) |",
        "| **{ucr/profile/located | %}** | {ucr/pca/located | %} | – |",
        "it has {nab/nab-online/standard | .1f} / {nab/nab-online/low FP | .1f} / {nab/nab-online/low FN | .1f}",
        "{nab/nab-online/crossed | .1f} where each half of the series is scored at the threshold chosen on the other",
        "`profile:refractory=0.3` has {nab/profile:refractory=0.3/standard | .1f} / "
        "{nab/profile:refractory=0.3/low FP | .1f} / {nab/profile:refractory=0.3/low FN | .1f} and "
        "{nab/profile:refractory=0.3/crossed | .1f}",
        "F1 of {nab/profile/event F1 | .3f} by `profile` and {nab/nab-online/event F1 | .3f} by `nab-online`",
    ],
    "README.md": [
        "| **{tsb-ad-u/profile/VUS-PR | .3f}** (`profile`) | best of 32 published methods on these "
        "{tsb-ad-u#Ranks over 28 series/KShapeAD/mean VUS-PR | .3f} |",
        "| **{ucr/profile/located | %}** (`profile`) | PCA of windows {ucr/pca/located | %}, random "
        "{ucr/random/located | %} |",
        "ARTime {nab#Published NAB scores/ARTime/standard | .2f}, windowed Gaussian "
        "{nab#Published NAB scores/windowedGaussian/standard | .2f} |",
        "| {ecg5000/dense-autoencoder/AUROC | .3f} (`DenseAutoencoder`) | nearest neighbours "
        "{ecg5000/knn/AUROC | .3f} ([20 other splits](docs/results.md#ecg5000): "
        "{ecg5000-splits/dense-autoencoder/AUROC | .3f} and {ecg5000-splits/knn/AUROC | .3f});",
    ],
    "README.es.md": [
        "| **{tsb-ad-u/profile/VUS-PR | ,3f}** (`profile`) | el mejor de 32 métodos publicados, en estas mismas "
        "series: {tsb-ad-u#Ranks over 28 series/KShapeAD/mean VUS-PR | ,3f} |",
        "| **{ucr/profile/located | %}** (`profile`) | PCA de ventanas: {ucr/pca/located | %}; al azar: "
        "{ucr/random/located | %} |",
        "ARTime {nab#Published NAB scores/ARTime/standard | ,2f}; gaussiana de ventana móvil "
        "{nab#Published NAB scores/windowedGaussian/standard | ,2f} |",
        "| {ecg5000/dense-autoencoder/AUROC | ,3f} (`DenseAutoencoder`) | vecinos más cercanos (k-NN): "
        "{ecg5000/knn/AUROC | ,3f} ([otras 20 particiones](docs/results.md#ecg5000): "
        "{ecg5000-splits/dense-autoencoder/AUROC | ,3f} y {ecg5000-splits/knn/AUROC | ,3f});",
    ],
    "docs/explanation/baselines.md": [
        "an LSTM autoencoder reaches an AUROC of {ecg5000-demo/lstm-autoencoder/AUROC | .3f}. So do the nearest "
        "neighbours",
    ],
}


def quoted(sentence):
    """The sentence with its cells. Formats are Python's, with "," for the Spanish point; % is a whole number."""
    return re.sub(r"\{([^{}|]+) \| ([^{}]+)\}", lambda place: cell(place[1], place[2]), sentence)


def cell(place, form):
    file, row, column = place.split("/")
    name, _, title = file.partition("#")
    table = table_of(name, title)
    (cells,) = (cells for cells in table.rows if cells[0] == row)
    value = cells[table.columns.index(column)]
    if form == "%":
        return f"{value:.0%}".replace("%", " %")
    return format(value, form.replace(",", ".")).replace(".", form[0])


@pytest.mark.parametrize(
    ("name", "sentence"), [(name, sentence) for name, sentences in SENTENCES.items() for sentence in sentences]
)
def test_a_page_quotes_the_files_of_results(name, sentence):
    assert quoted(sentence) in " ".join(read(name).split())


def test_the_beats_of_other_patients_are_those_of_the_model_card():
    card = read("src/offbeat/ecg/beat_model/card.md")
    line = re.search(r"^- ecgformer: .*?Se ([\d.]+)%, \+P ([\d.]+)%; .*?Se ([\d.]+)%, \+P ([\d.]+)%;", card, flags=re.M)
    quotes = "{} / {} %; {} / {} %".format(*line.groups())
    assert quotes in read("README.md")
    assert quotes.replace(".", ",") in read("README.es.md")
    assert "{} % / {} % | {} % / {} % |".format(*line.groups()) in read("docs/results.md")
