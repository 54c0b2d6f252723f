"""PyTorch's files: logits and fc6 of one clip as PyTorch computes them in float64, full size, both rules of pool5."""

from common import Checks, exact_clip_video, float64_features, our_features, random_model
from formats import write_pytorch

LIMIT = 1e-5


def main():
    with Checks() as checks:
        video = checks.folder / "clip.avi"
        clip = exact_clip_video(video, 2)
        for classes in (101, 487):
            model = random_model(classes, classes)
            files = write_pytorch(checks.folder, model.state_dict())
            references = {}
            for rule in ("pytorch", "caffe"):
                model.pool5 = rule
                references[rule] = float64_features(model, clip[None])
            for what, weights in files:
                # Every file by its logits; what follows from the container alone once.
                layers = ("fc8", "fc6") if what == "zip" else ("fc8",)
                for rule in ("pytorch", "caffe") if what == "zip" else ("pytorch",):
                    for layer in layers:
                        title = f"{classes} classes, {what}, pool5 {rule}: {layer}"
                        ours = checks.attempt(
                            title, lambda: our_features(weights, video, layer, checks.folder, "--pool5", rule))
                        if ours is not None:
                            checks.near(title, ours, references[rule][layer], LIMIT)
                weights.unlink()


main()
