#!/usr/bin/env python3
"""The ONNX file of the case in ONNX Runtime or OpenVINO, timed: clips as the file takes them, f32 N C D H W, to logits. Their
time holds neither the way from bytes to floats nor softmax, which ours and PyTorch's do.

    onnx_file.py openvino --case FOLDER --precision bf16 --batch 4 --threads 2 --json FILE [--answers FILE.safetensors]
"""
import argparse
import json
import pathlib

from safetensors.numpy import save_file

import case


def onnx_runtime(args, path, clips):
    import onnxruntime

    if args.precision != "f32":
        raise SystemExit("ONNX Runtime on a CPU computes this file in f32 only")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    options.add_free_dimension_override_by_name("batch", args.batch)
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda: session.run(None, {name: clips})[0], onnxruntime.__version__


def openvino(args, path, clips):
    import openvino

    core = openvino.Core()
    model = core.read_model(str(path))
    model.reshape(list(clips.shape))
    compiled = core.compile_model(model, "CPU", {
        "INFERENCE_PRECISION_HINT": args.precision, "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1",
        "INFERENCE_NUM_THREADS": args.threads})
    request = compiled.create_infer_request()
    request.set_input_tensor(openvino.Tensor(clips, shared_memory=True))
    return lambda: (request.infer(), request.get_output_tensor().data)[1], openvino.__version__.split("-")[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runtime", choices=["onnxruntime", "openvino"])
    parser.add_argument("--case", type=pathlib.Path, required=True, help="a folder with c3d.onnx and clips.safetensors")
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path, required=True)
    parser.add_argument("--answers", type=pathlib.Path, help="write the logits to this file")
    args = parser.parse_args()
    clips = case.network_input(case.read_clips(args.case, args.batch)[0])
    start = {"onnxruntime": onnx_runtime, "openvino": openvino}[args.runtime]
    infer, version = start(args, args.case / "c3d.onnx", clips)
    seconds = case.median_seconds(infer, args.repeats)
    if args.answers:
        save_file({"logits": infer().copy()}, args.answers)
    args.json.write_text(json.dumps({"version": version, "batch": args.batch, "threads": args.threads,
                                     "seconds_per_clip": seconds / args.batch}) + "\n")


if __name__ == "__main__":
    main()
