require 'fluent/plugin/filter'
require 'json'

module Fluent
  module Plugin
    # Replaces secrets by key and in text, at any depth, by the same words as the applications' own logger (redaction.json).
    class RedactFilter < Filter
      Fluent::Plugin.register_filter('redact', self)

      config_param :words_file, :string

      REDACTED = '[redacted]'.freeze
      DEEPEST = 12
      # Counts of language-model tokens are figures, not secrets.
      TOKEN_COUNT = /\A(context_|generated_|max_|total_)?tokens\z/.freeze

      def configure(conf)
        super
        words = JSON.parse(File.read(@words_file)).fetch('words').join('|')
        @secret_key = /#{words}/i
        @replacements = [
          [%r{([a-z][a-z0-9+.-]*://)[^/\s@"']*(?:@[^/\s@"']*)*@}i, "\\1#{REDACTED}@"],
          [%r{\b(bearer|basic)\s+[\w.~+/=-]+}i, "\\1 #{REDACTED}"],
          [/\bshk_[\w.-]+/, REDACTED],
          [/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/, REDACTED],
          [/((?:#{words})[\w.-]*["']?\s*[=:]\s*)(?!\[redacted\]|(?:bearer|basic) \[)("[^"]*"|'[^']*'|[^\s&"',;}\]]+)/i, "\\1#{REDACTED}"],
          [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/, '[email]']
        ]
      end

      def filter(_tag, _time, record)
        clean(record, 0)
      end

      private

      def clean(value, depth)
        return '[too deep]' if depth > DEEPEST

        case value
        when Hash then value.to_h { |key, inner| [key, secret?(key) ? REDACTED : clean(inner, depth + 1)] }
        when Array then value.map { |inner| clean(inner, depth + 1) }
        when String then @replacements.reduce(value.scrub) { |text, (pattern, by)| text.gsub(pattern, by) }
        else value
        end
      end

      def secret?(key)
        key.match?(@secret_key) && !key.match?(TOKEN_COUNT)
      end
    end
  end
end
