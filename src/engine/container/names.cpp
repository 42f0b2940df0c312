#include "engine/container/names.h"

#include <algorithm>
#include <array>
#include <random>

#include "base/error.h"

namespace mydock::engine {

namespace {

constexpr std::array<std::string_view, 64> kAdjectives{
    "able",    "agile",  "amber",  "ample",  "apt",    "bold",    "brave",  "bright",
    "brisk",   "calm",   "candid", "cheery", "civil",  "clear",   "clever", "cosy",
    "crisp",   "daring", "deft",   "eager",  "early",  "earnest", "easy",   "fair",
    "fleet",   "fond",   "frank",  "fresh",  "gentle", "glad",    "golden", "grand",
    "happy",   "hardy",  "hearty", "honest", "humble", "jolly",   "keen",   "kind",
    "lively",  "lucid",  "merry",  "mild",   "modest", "neat",    "nimble", "noble",
    "patient", "plucky", "polite", "proud",  "quick",  "quiet",   "rapid",  "serene",
    "sharp",   "smart",  "steady", "sturdy", "sunny",  "tidy",    "warm",   "witty"};

constexpr std::array<std::string_view, 96> kSurnames{
    "abel",         "agnesi",    "ampere",     "archimedes", "babbage",      "banach",
    "bell",         "bernoulli", "bohr",       "boole",      "born",         "brahe",
    "cantor",       "cauchy",    "cavendish",  "church",     "clarke",       "copernicus",
    "coulomb",      "curie",     "dalton",     "darwin",     "dedekind",     "descartes",
    "diophantus",   "dirac",     "dirichlet",  "doppler",    "eratosthenes", "erlang",
    "euclid",       "euler",     "faraday",    "fermat",     "fermi",        "feynman",
    "fourier",      "franklin",  "galileo",    "galois",     "gauss",        "germain",
    "goedel",       "hadamard",  "halley",     "hamilton",   "heisenberg",   "hermite",
    "hertz",        "hilbert",   "hooke",      "hopper",     "hubble",       "huygens",
    "hypatia",      "jacobi",    "joule",      "kelvin",     "kepler",       "klein",
    "kovalevskaya", "lagrange",  "laplace",    "lebesgue",   "leibniz",      "liouville",
    "lovelace",     "markov",    "maxwell",    "meitner",    "mendel",       "minkowski",
    "moebius",      "neumann",   "newton",     "noether",    "ohm",          "pascal",
    "pasteur",      "peano",     "planck",     "poincare",   "poisson",      "ptolemy",
    "ramanujan",    "riemann",   "rutherford", "shannon",    "somerville",   "tesla",
    "torricelli",   "turing",    "venn",       "volta",      "watt",         "weierstrass"};

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string check_container_name(std::string_view name) {
  const std::string_view bare = name.starts_with('/') ? name.substr(1) : name;
  constexpr std::size_t kLongest = 255;
  const bool valid = bare.size() >= 2 && bare.size() <= kLongest && is_alphanumeric(bare.front()) &&
                     std::all_of(bare.begin(), bare.end(), [](char c) {
                       return is_alphanumeric(c) || c == '_' || c == '.' || c == '-';
                     });
  if (!valid) {
    fail(Kind::invalid, "Invalid container name ({}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
         name);
  }
  return std::string(bare);
}

std::string random_name(int attempt) {
  thread_local std::mt19937 random{std::random_device{}()};
  const auto pick = [](std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
  };
  std::string name = fmt::format("{}_{}", kAdjectives[pick(kAdjectives.size())],
                                 kSurnames[pick(kSurnames.size())]);
  if (attempt > 0) name += std::to_string(pick(10));
  return name;
}

}  // namespace mydock::engine
