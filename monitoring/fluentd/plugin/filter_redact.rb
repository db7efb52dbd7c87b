require 'fluent/plugin/filter'
require 'json'

module Fluent
  module Plugin
    # Replaces secrets by key and in text, at any depth, by the rules of the applications' own logger (redaction.json is generated from them).
    class RedactFilter < Filter
      Fluent::Plugin.register_filter('redact', self)

      config_param :rules_file, :string

      REDACTED = '[redacted]'.freeze
      MARKS = /\\{0,16}["']|[\[\]{}]/

      def configure(conf)
        super
        rules = JSON.parse(File.read(@rules_file))
        @deepest = rules.fetch('deepest')
        @secret_key = pattern(rules.fetch('secretKey'))
        @token_count = pattern(rules.fetch('tokenCount'))
        @secret_name = pattern(rules.fetch('secretName'))
        @structures = pattern(rules.fetch('structures'))
        @headers, *@replacements = [rules.fetch('headers'), *rules.fetch('replacements')].map { |rule| [pattern(rule), rule.fetch('by')] }
      end

      def filter(_tag, _time, record)
        clean(record, 0)
      end

      private

      def pattern(rule)
        Regexp.new(rule.fetch('pattern'), (rule.fetch('ignoreCase') ? Regexp::IGNORECASE : 0) | (rule.fetch('dotAll') ? Regexp::MULTILINE : 0))
      end

      def clean(value, depth)
        case value
        when String then clean_text(value.scrub)
        when Hash, Array then depth < @deepest ? clean_each(value, depth + 1) : '[too deep]'
        else value
        end
      end

      def clean_each(value, depth)
        return clean_list(value, depth) if value.is_a?(Array)

        value.to_h { |key, inner| [clean_text(key.scrub), secret?(key) ? REDACTED : clean(inner, depth)] }
      end

      # Names and values in turn: what follows a secret name is a secret.
      def clean_list(list, depth)
        list.each_with_index.map do |inner, index|
          list.size.even? && index.odd? && secret_name?(list[index - 1]) ? REDACTED : clean(inner, depth)
        end
      end

      def clean_text(text)
        @replacements.reduce(without_structures(text.gsub(*@headers))) { |done, (pattern, by)| done.gsub(pattern, by) }
      end

      # Replaces lists and objects that are the value of a secret key; no regular expression can count brackets.
      def without_structures(text)
        done = +''
        at = 0
        while (found = @structures.match(text, at))
          done << text[at...found.end(0)] << REDACTED
          at = end_of_structure(text, found.end(0))
        end
        done << text[at..]
      end

      # Where the list or object that begins at `at` ends; the end of the text when it was cut off. Brackets in quotes do not count.
      def end_of_structure(text, at)
        depth = 0
        quote = nil
        while (found = MARKS.match(text, at))
          at = found.end(0)
          if quote then quote = nil if found[0] == quote
          elsif '[{'.include?(found[0]) then depth += 1
          elsif ']}'.include?(found[0]) then depth -= 1
          else quote = found[0]
          end
          return at if depth.zero?
        end
        text.length
      end

      def secret_name?(item)
        item.is_a?(String) && item.match?(@secret_name) && secret?(item)
      end

      def secret?(key)
        key.match?(@secret_key) && !key.match?(@token_count)
      end
    end
  end
end
