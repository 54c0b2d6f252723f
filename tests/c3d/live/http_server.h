// A web server on loopback that says what it is told to: for each path the whole answer, head and all.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "engine/core/error.h"

namespace c3d {

class HttpServer {
 public:
  explicit HttpServer(std::map<std::string, std::string> answers) : answers_(std::move(answers)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    expect(::bind(listener_, any, size) == 0 && ::listen(listener_, 8) == 0 &&
               ::getsockname(listener_, any, &size) == 0,
           "no port on loopback");
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { serve(); });
  }
  ~HttpServer() { ::shutdown(listener_, SHUT_RDWR); }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url(const std::string& path) const { return fmt::format("http://127.0.0.1:{}{}", port_, path); }
  int requests() const { return requests_; }

 private:
  void serve() {
    for (;;) {
      const int client = ::accept(listener_, nullptr, nullptr);
      if (client < 0) break;
      std::string head;
      std::array<char, 4096> block{};
      while (head.find("\r\n\r\n") == std::string::npos) {
        const ssize_t got = ::recv(client, block.data(), block.size(), 0);
        if (got <= 0) break;
        head.append(block.data(), static_cast<std::size_t>(got));
      }
      ++requests_;
      const std::size_t begin = head.find(' ') + 1;
      const auto found = answers_.find(head.substr(begin, head.find(' ', begin) - begin));
      say(client, found == answers_.end() ? "HTTP/1.0 404 Not Found\r\n\r\n" : found->second);
      ::close(client);
    }
    ::close(listener_);
  }
  static void say(int client, std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(client, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  std::map<std::string, std::string> answers_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> requests_ = 0;
  std::jthread thread_;  // last: it uses all the others
};

// As of a live stream: nobody says how long it is.
inline std::string endless_answer(const std::string& body) {
  return "HTTP/1.0 200 OK\r\nContent-Type: video/mp2t\r\n\r\n" + body;
}
inline std::string answer(const std::string& body, const std::string& type = "video/mp2t") {
  return fmt::format("HTTP/1.0 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}", type, body.size(),
                     body);
}
inline std::string redirect(const std::string& to) {
  return "HTTP/1.0 302 Found\r\nLocation: " + to + "\r\nContent-Length: 0\r\n\r\n";
}

}  // namespace c3d
