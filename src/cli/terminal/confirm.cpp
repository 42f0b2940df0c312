#include "cli/terminal/confirm.h"

#include <iostream>
#include <string>

namespace mydock::cli {

bool confirm(Console& console, std::string_view warning) {
  console.text(warning);
  console.text("\nAre you sure you want to continue? [y/N] ");
  console.flush();
  std::string answer;
  std::getline(std::cin, answer);
  return !answer.empty() && (answer[0] == 'y' || answer[0] == 'Y');
}

}  // namespace mydock::cli
