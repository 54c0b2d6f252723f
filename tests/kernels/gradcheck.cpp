#include "tests/support/gradcheck.h"

#include "catch.h"
#include "kernels/reference/reference_backend.h"

namespace c3d {
namespace {

TEST_CASE("every backward of the reference is the derivative of its forward") {
  const auto backend = make_reference_backend();
  std::size_t checked = 0;
  for (const OpCase& op_case : op_cases()) {
    if (!op_case.gradcheck || op_case.only_infer) continue;
    ++checked;
    for (const GradcheckFailure& failure : gradcheck(*backend, op_case)) {
      FAIL_CHECK(op_case.name << ", " << failure.input << " " << failure.explanation);
    }
  }
  CHECK(checked > 30);
}

// Dropout with another mask in backward than in forward: what the check is there to see.
class ForgetfulDropout : public Op {
 public:
  std::string name() const override { return "forgetful dropout"; }
  BackwardReads backward_reads() const override { return {}; }
  void forward(const OpContext& c) const override { c.backend.dropout(1, 0.5f, c.inputs[0], c.outputs[0]); }
  void backward(const OpContext& c) const override {
    c.backend.dropout(2, 0.5f, c.output_gradients[0], c.input_gradients[0]);
  }
};

TEST_CASE("the gradient check sees a wrong gradient") {
  const auto backend = make_reference_backend();
  const OpCase wrong{.name = "forgetful dropout",
                     .inputs = {{.name = "x", .shape = {4, 8}}},
                     .record = [](Tape& tape, const OpArguments& in) {
                       return tape.append(std::make_unique<ForgetfulDropout>(), in.vars,
                                          std::vector{tape.spec(in.vars[0])});
                     }};
  const std::vector<GradcheckFailure> failures = gradcheck(*backend, wrong);
  CHECK(failures.size() > 8);  // the random direction and about half of the elements
  REQUIRE(!failures.empty());
  CHECK(failures[0].input == "x");
}

}  // namespace
}  // namespace c3d
