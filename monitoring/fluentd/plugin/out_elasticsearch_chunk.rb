require 'fluent/plugin/out_elasticsearch'

module Fluent
  module Plugin
    # Elasticsearch's own output, with two of its ways mended for lines that were refused within an answered bulk request.
    class ElasticsearchChunkOutput < ElasticsearchOutput
      Fluent::Plugin.register_output('elasticsearch_chunk', self)

      class RefusedForNow < StandardError; end

      # Fluentd asks each class itself what it can do, not the one that it is made of.
      def write(chunk)
        super
      end

      # The id leaves the document only here. The plugin's `remove_keys` takes it from the record before the answer is read; a refused
      # line then has no id to be created under and is dropped without a word, whether it was to be sent again or to the dead letters.
      def append_record_to_messages(operation, meta, header, record, messages)
        super(operation, meta, header, record.reject { |key, _| key == @id_key }, messages)
      end

      # Asked before refused lines are emitted anew. They are not: the chunk stays in its file and is sent again as a whole, with the
      # waiting times and the end of <buffer>; lines that were taken the first time are refused by their id as created already.
      def retry_stream_retryable?
        raise RefusedForNow, 'Elasticsearch refused lines for now'
      end
    end
  end
end
