"""rtsp_server.py PORT [RATE]: a camera that does not exist: GStreamer's RTSP server on loopback with a ball that moves, in H.264 of
640x480 pixels, at rtsp://127.0.0.1:PORT/live, until it is killed. 77: GStreamer is not there."""
import sys

try:
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstRtspServer
except (ImportError, ValueError) as error:
    print(f"SKIPPED: {error}: apt-get install gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-ugly", file=sys.stderr)
    sys.exit(77)

port = sys.argv[1]
rate = sys.argv[2] if len(sys.argv) > 2 else "30"
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(port)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    f"( videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=480,framerate={rate}/1 "
    f"! x264enc tune=zerolatency speed-preset=ultrafast key-int-max={rate} bitrate=1500 ! rtph264pay name=pay0 pt=96 )")
factory.set_shared(True)
server.get_mount_points().add_factory("/live", factory)
if not server.attach(None):
    sys.exit(f"port {port} is taken")
print("ready", flush=True)
GLib.MainLoop().run()
