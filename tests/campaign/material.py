"""What the parts work on, made by ffmpeg and by the tools themselves: tiny videos, a folder of classes, small weights."""

import shutil
import struct
import subprocess
import json

NETWORK = ["--set", "width=0.05", "--set", "resize_width=40", "--set", "resize_height=40", "--set", "crop=32", "--set", "batch=4",
           "--set", "warmup_steps=0", "--set", "loader_threads=2", "--set", "validation_clips=1"]

H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
# name: the file's ending, what ffmpeg is told, size where the codec wants one.
FORMATS = {
    "mp4_h264": ("mp4", H264),
    "mp4_faststart": ("mp4", H264 + ["-bf", "2", "-movflags", "+faststart"]),
    "mp4_fragments": ("mp4", H264 + ["-movflags", "frag_keyframe+empty_moov", "-g", "8"]),
    "mp4_hevc": ("mp4", ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"]),
    "mp4_mpeg4": ("mp4", ["-c:v", "mpeg4"]),
    "mp4_av1": ("mp4", ["-c:v", "libaom-av1", "-cpu-used", "8", "-frames:v", "8"]),
    "mov_mjpeg": ("mov", ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p"]),
    "mov_prores": ("mov", ["-c:v", "prores_ks"]),
    "mov_qtrle": ("mov", ["-c:v", "qtrle"]),
    "mkv_h264": ("mkv", H264),
    "mkv_ffv1": ("mkv", ["-c:v", "ffv1", "-pix_fmt", "gbrp10le"]),
    "webm_vp8": ("webm", ["-c:v", "libvpx", "-deadline", "realtime"]),
    "webm_vp9": ("webm", ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"]),
    "avi_xvid": ("avi", ["-c:v", "mpeg4", "-bf", "2", "-vtag", "XVID"]),
    "avi_mjpeg": ("avi", ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p"]),
    "avi_huffyuv": ("avi", ["-c:v", "huffyuv"]),
    "avi_raw": ("avi", ["-c:v", "rawvideo", "-pix_fmt", "bgr24", "-frames:v", "10"]),
    "ts_h264": ("ts", H264 + ["-f", "mpegts"]),
    "ts_mpeg2": ("ts", ["-c:v", "mpeg2video", "-f", "mpegts"]),
    "mpg_mpeg1": ("mpg", ["-c:v", "mpeg1video", "-f", "mpeg"]),
    "vob_mpeg2": ("vob", ["-c:v", "mpeg2video", "-f", "vob"]),
    "flv_flv1": ("flv", ["-c:v", "flv"]),
    "flv_h264": ("flv", H264),
    "ogv_theora": ("ogv", ["-c:v", "libtheora"]),
    "wmv_wmv2": ("wmv", ["-c:v", "wmv2"]),
    "asf_msmpeg4": ("asf", ["-c:v", "msmpeg4"]),
    "gif": ("gif", []),
    "3gp_h263": ("3gp", ["-s", "128x96", "-c:v", "h263"]),
    "mxf_mpeg2": ("mxf", ["-c:v", "mpeg2video", "-f", "mxf"]),
    "dv": ("dv", ["-s", "720x576", "-r", "25", "-c:v", "dvvideo", "-pix_fmt", "yuv420p", "-frames:v", "2"]),
    "m4v_raw": ("m4v", ["-c:v", "mpeg4", "-f", "m4v"]),
}


def ffmpeg(arguments):
    return subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *map(str, arguments)], capture_output=True,
                          text=True, check=False, timeout=300)


class Material:
    def __init__(self, tools, folder):
        self.tools, self.folder = tools, folder
        self.videos = {}  # name of the format: file
        self.absent = []  # formats that this ffmpeg cannot write
        self.data = folder / "data"
        self.weights = folder / "weights.safetensors"
        self.network = ["--plan", "fixed", "--recipe", "none", *NETWORK, "--set", f"cache_folder={folder / 'frames'}"]

    def make(self):
        """Anew each time: the tools may have changed."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self._write_data()
        self._write_videos()
        argv = ["c3d_train", "--data", self.data, "--out", self.folder / "run", "--set", "steps=6", "--set", "threads=1", *self.network]
        made = self.tools.run(argv, self.folder, seconds=120)
        if made.code != 0:
            raise SystemExit(f"campaign: c3d_train fails before anything was broken: {made.err.decode(errors='replace')}")
        shutil.copy(self.folder / "run/last.safetensors", self.weights)

    def _write_data(self):
        """Two classes, each of six videos of 20 frames."""
        for label, picture in (("moving", "testsrc2"), ("still", "smptebars")):
            (self.data / label).mkdir(parents=True)
            for number in range(6):
                done = ffmpeg(["-f", "lavfi", "-i", f"{picture}=size=64x48:rate=25", "-vf", f"hue=h={number * 50}", "-frames:v", 20, *H264,
                               self.data / label / f"{number}.mp4"])
                if done.returncode != 0:
                    raise SystemExit(f"campaign: ffmpeg cannot write H.264: {done.stderr}")

    def _write_videos(self):
        (self.folder / "videos").mkdir()
        for name, (ending, options) in FORMATS.items():
            file = self.folder / "videos" / f"{name}.{ending}"
            done = ffmpeg(["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25", "-frames:v", 24, *options, file])
            if done.returncode == 0 and file.stat().st_size > 0:
                self.videos[name] = file
            else:
                self.absent.append(name)


def read_safetensors(path):
    """(header as a dict, tensors as bytes); ValueError where the file is not whole."""
    data = path.read_bytes()
    if len(data) < 8:
        raise ValueError("shorter than its length")
    size, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + size])
    body = data[8 + size:]
    end = max([entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"] or [0])
    if end != len(body):
        raise ValueError(f"{len(body)} bytes of tensors, its header counts on {end}")
    return header, body


def safetensors_bytes(header, body):
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body
