"""Scores captions with pycocoevalcap: reads {"pairs": [[candidate, [references]], ...]} and prints the scores of each."""

import contextlib
import io
import json
import sys

from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge

pairs = json.load(sys.stdin)["pairs"]
truth = {i: references for i, (_, references) in enumerate(pairs)}
found = {i: [candidate] for i, (candidate, _) in enumerate(pairs)}
with contextlib.redirect_stdout(io.StringIO()):
    bleu, bleus = Bleu(4).compute_score(truth, found)
    rouge, rouges = Rouge().compute_score(truth, found)
    cider, ciders = Cider().compute_score(truth, found)
print(
    json.dumps(
        {
            "bleu": bleu[3],
            "bleus": list(bleus[3]),
            "rouge": float(rouge),
            "rouges": [float(value) for value in rouges],
            "cider": float(cider),
            "ciders": [float(value) for value in ciders],
        }
    )
)
