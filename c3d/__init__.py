"""Here are the C++ sources of C3D's library; the Python package is python/c3d, and is installed by `pip install .`.

Python finds this folder first where it starts in the checkout: what is installed is imported in its place.
"""
import importlib.machinery
import importlib.util
import pathlib
import sys

_checkout = pathlib.Path(__file__).resolve().parent.parent
_others = [entry for entry in sys.path if pathlib.Path(entry or ".").resolve() != _checkout]
_spec = importlib.machinery.PathFinder.find_spec("c3d", _others)
if _spec is None or _spec.loader is None:
    raise ImportError(f"the Python package c3d is not installed, and {_checkout / 'c3d'} holds its C++ sources: "
                      f"run `pip install {_checkout}` first")
_module = importlib.util.module_from_spec(_spec)
sys.modules["c3d"] = _module
_spec.loader.exec_module(_module)
