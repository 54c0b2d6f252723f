"""Inputs of the tests: small weights and videos, which the program of C3D_TEST_INPUTS writes."""
import os
import pathlib
import shutil
import subprocess

import pytest

import c3d


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    program = os.environ.get("C3D_TEST_INPUTS")
    if program is None:
        pytest.skip("C3D_TEST_INPUTS does not name the program that writes the inputs, c3d_install_inputs")
    folder = tmp_path_factory.mktemp("inputs")
    subprocess.run([program, folder], check=True)
    shutil.copy(folder / "tiny.avi", folder / "second.avi")
    return folder


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))


def small(inputs: pathlib.Path, name: str = "small.safetensors", **options: object) -> c3d.Model:
    return c3d.load(inputs / name, **{"device": "cpu", "plan": "fixed", "threads": 1, **options})


@pytest.fixture(scope="session")
def model(inputs: pathlib.Path) -> c3d.Model:
    return small(inputs)


@pytest.fixture(scope="session")
def quick_training() -> dict[str, object]:
    return {"recipe": "none", "width": 0.03, "crop": 16, "resize_width": 20, "resize_height": 18, "batch": 3, "steps": 4,
            "validation_clips": 2, "validate_every": 2, "warmup_steps": 2, "device": "cpu", "plan": "fixed", "threads": 1}
