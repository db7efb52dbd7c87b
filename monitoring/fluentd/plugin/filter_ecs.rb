require 'fluent/plugin/filter'
require 'securerandom'
require 'time'

module Fluent
  module Plugin
    # Gives the flat fields of a line on stdout their names in the Elastic Common Schema, and every line a data set and an id.
    class EcsFilter < Filter
      Fluent::Plugin.register_filter('ecs', self)

      NAMES = {
        'message' => 'message', 'level' => 'log.level', 'logger' => 'log.logger',
        'service' => 'service.name', 'version' => 'service.version', 'environment' => 'service.environment',
        'trace_id' => 'trace.id', 'span_id' => 'span.id', 'request_id' => 'http.request.id', 'user_id' => 'user.id', 'workspace_id' => 'organization.id',
        'method' => 'http.request.method', 'endpoint' => 'url.template', 'status' => 'http.response.status_code', 'client_ip' => 'client.ip',
        'job_id' => 'labels.job_id', 'queue' => 'labels.queue', 'connection_id' => 'labels.connection_id',
        'event.dataset' => 'event.dataset'
      }.freeze
      ERROR_NAMES = { 'type' => 'error.type', 'message' => 'error.message', 'stack' => 'error.stack_trace', 'code' => 'error.code' }.freeze
      CONSUMED = (NAMES.keys + %w[timestamp error duration_ms event]).freeze
      NANOSECONDS = 1_000_000

      def filter(_tag, time, record)
        return record if named?(record)

        # The id makes a retry harmless: Elasticsearch refuses to create the same line twice.
        ecs = { '_hash' => SecureRandom.uuid, '@timestamp' => record['timestamp'] || Time.at(time.to_r).utc.iso8601(3), 'ecs' => { 'version' => '9.0.0' } }
        NAMES.each { |from, to| put(ecs, to, record[from]) }
        describe_error(ecs, record['error'])
        put(ecs, 'event.duration', (record['duration_ms'] * NANOSECONDS).round) if record['duration_ms'].is_a?(Numeric)
        put(ecs, 'event.dataset', dataset(record))
        rest = record.reject { |key, _| CONSUMED.include?(key) }
        ecs['fields'] = rest unless rest.empty?
        ecs
      end

      private

      # A line that could not be delivered and is sent once more (runbook FluentdOutputRetrying): it has its names and its id.
      def named?(record)
        record['ecs'].is_a?(Hash) && record.key?('@timestamp') && record.key?('_hash')
      end

      # A line says itself that it is a metric; whatever took a measured time is about performance.
      def dataset(record)
        given = record['event.dataset'] || (record['event'].is_a?(Hash) ? record['event']['dataset'] : nil)
        given || (record.key?('duration_ms') ? 'analytics.performance' : 'analytics.app')
      end

      def describe_error(ecs, error)
        return if error.nil?
        return put(ecs, 'error.message', error.to_s) unless error.is_a?(Hash)

        ERROR_NAMES.each { |from, to| put(ecs, to, error[from]) }
        put(ecs, 'error.cause', error['cause']) if error['cause']
      end

      def put(ecs, path, value)
        return if value.nil?

        *folders, leaf = path == '@timestamp' ? [path] : path.split('.')
        folders.reduce(ecs) { |at, name| at[name] ||= {} }[leaf] = value
      end
    end
  end
end
