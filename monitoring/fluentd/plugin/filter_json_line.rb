require 'fluent/plugin/filter'
require 'json'

module Fluent
  module Plugin
    # Takes the line of an application out of `log`. A line that is no JSON object goes to @ERROR, where it is redacted and kept. Fluentd's own parser
    # filter does the same but says the line in its error, which is printed: with its secrets.
    class JsonLineFilter < Filter
      Fluent::Plugin.register_filter('json_line', self)

      class NoJsonObject < StandardError; end

      helpers :event_emitter

      def filter(tag, time, record)
        line = parse(record['log'].to_s.dup.force_encoding(Encoding::UTF_8).scrub)
        return line if line.is_a?(Hash)

        router.emit_error_event(tag, time, record, NoJsonObject.new('the line is no JSON object'))
        nil
      end

      private

      def parse(text)
        JSON.parse(text)
      rescue JSON::ParserError
        nil
      end
    end
  end
end
