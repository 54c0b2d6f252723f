// Live video over HTTP: streams that are lost and found again, and playlists that may reach nothing else.
#include "catch.h"
#include "tests/c3d/live/http_server.h"
#include "tests/c3d/live/live_fixture.h"
#include "tests/support/message_of.h"

namespace c3d {
namespace {

const std::string kPlaylistType = "application/vnd.apple.mpegurl";

std::string playlist(const std::string& segment) {
  return "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXTINF:4.0,\n" + segment +
         "\n#EXT-X-ENDLIST\n";
}

TEST_CASE_METHOD(LiveFixture, "a video over HTTP that has an end is read once") {
  const HttpServer server({{"/a.ts", answer(stream(60))}});
  const LiveTotals totals = run(server.url("/a.ts"));
  CHECK(totals.error.empty());
  CHECK(totals.frames == 60);
  CHECK(totals.connections == 1);
}

TEST_CASE_METHOD(LiveFixture, "a stream that is lost is asked for again, until the run is stopped") {
  const HttpServer server({{"/live", endless_answer(stream(60))}});
  LiveOptions options;
  on_event = [&](const LiveEvent&) {
    if (said(LiveEventKind::connected).size() == 3) stop = true;
  };
  const LiveTotals totals = run(server.url("/live"), options);
  CHECK(totals.error.empty());
  CHECK(totals.connections >= 3);
  CHECK(said(LiveEventKind::lost).size() >= 2);
  CHECK(said(LiveEventKind::reconnecting).size() >= 2);
  CHECK_THAT(said(LiveEventKind::lost)[0].text, Catch::Contains("/live"));
  CHECK_THAT(said(LiveEventKind::reconnecting)[0].text, Catch::Contains("asked for again in 0.01 s"));
}

TEST_CASE_METHOD(LiveFixture,
                 "a stream that does not come back ends the run after its tries, and what was done is kept") {
  auto server =
      std::make_unique<HttpServer>(std::map<std::string, std::string>{{"/live", endless_answer(stream(60))}});
  LiveOptions options;
  options.reconnect = 2;
  on_event = [&](const LiveEvent& event) {
    if (event.kind == LiveEventKind::connected) server.reset();
  };
  const LiveTotals totals = run(server->url("/live"), options);
  CHECK_THAT(totals.error, Catch::Contains("Connection refused"));
  CHECK(totals.frames > 50);  // a decoder holds some back to give them in order
  CHECK(totals.windows >= 1);
  CHECK(totals.connections == 1);
  CHECK(said(LiveEventKind::lost).size() == 1);
  CHECK(said(LiveEventKind::reconnecting).size() == 2);
}

TEST_CASE_METHOD(LiveFixture, "a first connection that fails is an error at once, or is tried again") {
  const HttpServer server({});
  CHECK_THAT(message_of([&] { run(server.url("/nothing")); }), Catch::Contains("404"));
  CHECK(server.requests() == 1);
  LiveOptions options;
  options.waits_for_first = true;
  options.reconnect = 2;
  CHECK_THAT(message_of([&] { run(server.url("/nothing"), options); }), Catch::Contains("404"));
  CHECK(server.requests() == 4);
}

TEST_CASE_METHOD(LiveFixture, "the user and password of an address are never said") {
  std::string url = HttpServer({}).url("/nothing");
  url.insert(7, "me:secret@");
  const std::string message = message_of([&] { run(url); });
  CHECK_THAT(message, Catch::Contains("/nothing") && !Catch::Contains("secret"));
}

TEST_CASE_METHOD(LiveFixture, "a playlist leads to segments of its own protocol") {
  const HttpServer server(
      {{"/list.m3u8", answer(playlist("a.ts"), kPlaylistType)}, {"/a.ts", answer(stream(60))}});
  const LiveTotals totals = run(server.url("/list.m3u8"));
  CHECK(totals.error.empty());
  CHECK(totals.frames == 60);
}

TEST_CASE_METHOD(LiveFixture, "a playlist cannot reach files, nor other protocols") {
  stream(60);
  const std::string file = (folder / "stream.ts").string();
  for (const std::string& segment :
       {"file://" + file, file, "concat:" + file, "subfile,,start,0,end,0,,:" + file, "crypto:file://" + file,
        std::string("file:///etc/passwd"), "pipe:0" + std::string()}) {
    INFO(segment);
    const HttpServer server({{"/list.m3u8", answer(playlist(segment), kPlaylistType)}});
    CHECK(message_of([&] { run(server.url("/list.m3u8")); }) != "no error");
  }
  CHECK(windows.empty());
  CHECK(events.empty());
}

TEST_CASE_METHOD(LiveFixture, "a redirection leads to no file, and to other pages of the web") {
  const std::string bytes = stream(60);
  const std::string file = (folder / "stream.ts").string();
  const HttpServer server({{"/to_file", redirect("file://" + file)},
                           {"/to_rtsp", redirect("rtsp://127.0.0.1:1/x")},
                           {"/to_page", redirect("/a.ts")},
                           {"/a.ts", answer(bytes)}});
  CHECK(message_of([&] { run(server.url("/to_file")); }) != "no error");
  CHECK(message_of([&] { run(server.url("/to_rtsp")); }) != "no error");
  CHECK(windows.empty());
  CHECK(run(server.url("/to_page")).frames == 60);
}

TEST_CASE_METHOD(LiveFixture, "text and lists of files over HTTP are no video") {
  stream(60);
  const std::string file = (folder / "stream.ts").string();
  const HttpServer server(
      {{"/a.txt", answer("nothing to see\n", "text/plain")},
       {"/a.ffconcat", answer("ffconcat version 1.0\nfile 'file://" + file + "'\n", "text/plain")},
       {"/a.sdp", answer("v=0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n", "application/sdp")}});
  for (const char* path : {"/a.txt", "/a.ffconcat", "/a.sdp"}) {
    INFO(path);
    CHECK(message_of([&] { run(server.url(path)); }) != "no error");
  }
  CHECK(windows.empty());
}

}  // namespace
}  // namespace c3d
