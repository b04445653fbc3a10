#include "compose/load/values/words.hpp"

namespace orch::compose::load::values {

namespace {

bool space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Reads words from the front of a line; throws nothing, remembers what is wrong.
class Splitter {
  public:
    explicit Splitter(std::string_view line) : rest_(line) {}

    Parsed<std::vector<std::string>> run() {
        while (!rest_.empty() && problem_.empty())
            step();
        if (!problem_.empty())
            return Parsed<std::vector<std::string>>::failure(problem_);
        end_word();
        return {std::move(words_), {}};
    }

  private:
    void step() {
        const char c = take();
        if (space(c))
            end_word();
        else if (c == '\'')
            single_quoted();
        else if (c == '"')
            double_quoted();
        else if (c == '\\')
            escaped();
        else
            put(c);
    }

    void single_quoted() {
        const auto end = rest_.find('\'');
        if (end == std::string_view::npos) {
            problem_ = "No closing quotation";
            return;
        }
        word_ += rest_.substr(0, end);
        in_word_ = true;
        rest_.remove_prefix(end + 1);
    }

    /// Within double quotes a backslash protects only '"' and itself.
    void double_quoted() {
        in_word_ = true;
        while (!rest_.empty()) {
            const char c = take();
            if (c == '"')
                return;
            if (c == '\\' && !rest_.empty() && (rest_.front() == '"' || rest_.front() == '\\'))
                put(take());
            else
                put(c);
        }
        problem_ = "No closing quotation";
    }

    void escaped() {
        if (rest_.empty())
            problem_ = "No escaped character";
        else
            put(take());
    }

    char take() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    void put(char c) {
        word_ += c;
        in_word_ = true;
    }

    void end_word() {
        if (in_word_)
            words_.push_back(std::exchange(word_, {}));
        in_word_ = false;
    }

    std::string_view rest_;
    std::string word_;
    bool in_word_ = false; // also for an empty word in quotes
    std::vector<std::string> words_;
    std::string problem_;
};

} // namespace

Parsed<std::vector<std::string>> split_words(std::string_view line) { return Splitter(line).run(); }

} // namespace orch::compose::load::values
