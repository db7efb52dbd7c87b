require 'fluent/plugin/filter'
require 'json'

module Fluent
  module Plugin
    # Replaces secrets by key and in text, at any depth, by the rules of the applications' own logger (redaction.json is generated from them).
    class RedactFilter < Filter
      Fluent::Plugin.register_filter('redact', self)

      config_param :rules_file, :string

      REDACTED = '[redacted]'.freeze

      def configure(conf)
        super
        rules = JSON.parse(File.read(@rules_file))
        @deepest = rules.fetch('deepest')
        @secret_key = pattern(rules.fetch('secretKey'))
        @token_count = pattern(rules.fetch('tokenCount'))
        @replacements = rules.fetch('replacements').map { |rule| [pattern(rule), rule.fetch('by')] }
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
        when String then @replacements.reduce(value.scrub) { |text, (pattern, by)| text.gsub(pattern, by) }
        when Hash, Array then depth < @deepest ? clean_each(value, depth + 1) : '[too deep]'
        else value
        end
      end

      def clean_each(value, depth)
        return value.map { |inner| clean(inner, depth) } if value.is_a?(Array)

        value.to_h { |key, inner| [key, secret?(key) ? REDACTED : clean(inner, depth)] }
      end

      def secret?(key)
        key.match?(@secret_key) && !key.match?(@token_count)
      end
    end
  end
end
