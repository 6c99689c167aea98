"""Checks ONNX files with onnx's own checker and runs them with its reference evaluator.

Reads a JSON list of {"model": path, "run": bool, "feeds": {name: {"dtype", "shape", "values"}}} from standard input and
prints a list of {"error": text or null, "outputs": {name: values}}. Only tests run this.
"""

import json
import sys

import numpy
import onnx
from onnx.reference import ReferenceEvaluator


def check(case):
    try:
        model = onnx.load(case["model"])
        onnx.checker.check_model(model, full_check=case["run"])
        if not case["run"]:
            return {"error": None, "outputs": {}}
        feeds = {
            name: numpy.array(feed["values"], dtype=feed["dtype"]).reshape(feed["shape"])
            for name, feed in case["feeds"].items()
        }
        names = [output.name for output in model.graph.output]
        found = ReferenceEvaluator(model).run(None, feeds)
        outputs = {name: numpy.asarray(value, dtype="float64").ravel().tolist() for name, value in zip(names, found)}
        return {"error": None, "outputs": outputs}
    except Exception as error:  # Any exception that onnx raises is a result of the check.
        return {"error": f"{type(error).__name__}: {error}"[:500], "outputs": {}}


json.dump([check(case) for case in json.load(sys.stdin)], sys.stdout)
