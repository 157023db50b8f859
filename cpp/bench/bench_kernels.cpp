// Throughput of every kernel, in MB/s. `--quick` runs each once, as a smoke test.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>

#include "headroom/aligned.hpp"
#include "headroom/delimited.hpp"
#include "headroom/json_index.hpp"
#include "headroom/lines.hpp"
#include "headroom/rank.hpp"
#include "headroom/records.hpp"

namespace {

template <typename F>
void bench(const char* name, const std::string& text, int rounds, F&& work) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < rounds; ++i) work(text);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  std::printf("%-16s %10.1f MB/s\n", name, rounds * text.size() / 1e6 / spent.count());
}

std::string sample_json(int records) {
  std::string out = "[";
  for (int i = 0; i < records; ++i) {
    if (i) out += ",";
    out += "{\"id\": " + std::to_string(i) + ", \"status\": \"ok\", \"latency_ms\": " +
           std::to_string(i * 37 % 900) + "}";
  }
  return out + "]";
}

std::string sample_log(int lines) {
  std::string out;
  for (int i = 0; i < lines; ++i) {
    out += "2026-11-21T01:00:" + std::to_string(i % 60) + "Z INFO worker-" + std::to_string(i % 5) +
           " step " + std::to_string(i) + " took " + std::to_string(i * 37 % 9999) +
           "us path=/srv/data/" + std::to_string(i % 13) + "/part.bin\n";
  }
  return out;
}

std::string sample_csv(int rows) {
  std::string out = "id,state,zone,latency\n";
  for (int i = 0; i < rows; ++i) {
    out += std::to_string(i) + ",ready,zone-" + std::to_string(i % 7) + "," + std::to_string(i * 37 % 900) + "ms\n";
  }
  return out;
}

std::string sample_pods(int rows) {
  std::string out = "NAME         READY   STATUS\n";
  for (int i = 0; i < rows; ++i) out += "web-" + std::to_string(10'000'000 + i) + " 1/1     Running\n";
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  const bool quick = argc > 1 && std::strcmp(argv[1], "--quick") == 0;
  const int rounds = quick ? 1 : 50;
  const std::string json = sample_json(quick ? 100 : 20'000);
  bench("json_index", json, rounds, [](const std::string& t) { return headroom::json_valid(t); });
  const std::string log = sample_log(quick ? 100 : 20'000);
  const auto starts = headroom::line_starts(log);
  bench("line_starts", log, rounds, [](const std::string& t) { return headroom::line_starts(t); });
  bench("unit_shapes", log, rounds,
        [&](const std::string& t) { return headroom::unit_shapes(t, starts); });
  bench("relevance", log, rounds, [&](const std::string& t) {
    return headroom::relevance(t, starts, "why did step 4711 of worker-3 take so long?");
  });
  const std::string csv = sample_csv(quick ? 100 : 20'000);
  bench("split_delimited", csv, rounds,
        [](const std::string& t) { return headroom::split_delimited(t, ','); });
  bench("split_aligned", sample_pods(quick ? 100 : 20'000), rounds,
        [](const std::string& t) { return headroom::split_aligned(t); });
  const auto table = headroom::split_delimited(csv, ',');
  const auto rows = static_cast<std::int32_t>(table->starts.size()) - 1;
  bench("row_scores", csv, rounds, [&](const std::string& t) {
    return headroom::row_scores({t, table->cells.data(), rows, table->columns});
  });
  bench("column_stats", csv, rounds, [&](const std::string& t) {
    return headroom::column_stats({t, table->cells.data(), rows, table->columns});
  });
  return 0;
}
