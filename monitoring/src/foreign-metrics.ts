/** Metrics that rules, panels and runbooks read and that are not ours: from prom-client, Prometheus and its kin, and the exporters. */
export const FOREIGN_METRICS: Record<string, readonly string[]> = {
  up: [],
  ALERTS: ['alertname', 'alertstate', 'severity', 'component'],
  scrape_samples_scraped: [],
  nodejs_eventloop_lag_p99_seconds: [],
  nodejs_gc_duration_seconds_sum: ['kind'],
  nodejs_heap_size_used_bytes: [],
  process_cpu_seconds_total: [],
  process_resident_memory_bytes: [],
  process_start_time_seconds: [],
  prometheus_notifications_errors_total: ['alertmanager'],
  prometheus_notifications_queue_length: [],
  prometheus_notifications_sent_total: ['alertmanager'],
  prometheus_rule_evaluation_failures_total: ['rule_group'],
  prometheus_target_scrapes_exceeded_sample_limit_total: [],
  alertmanager_notifications_failed_total: ['integration'],
  alertmanager_notifications_total: ['integration'],
  fluentd_error_records_kept_total: ['service'],
  fluentd_error_records_received_total: ['service'],
  fluentd_output_status_buffer_available_space_ratio: ['plugin_id', 'type'],
  fluentd_output_status_buffer_total_bytes: ['plugin_id', 'type'],
  fluentd_output_status_emit_records: ['plugin_id', 'type'],
  fluentd_output_status_num_errors: ['plugin_id', 'type'],
  fluentd_output_status_retry_count: ['plugin_id', 'type'],
  pg_up: [],
  redis_evicted_keys_total: [],
  redis_up: [],
};

/** Foreign metrics that only grow, although their names do not say so. */
export const UNNAMED_COUNTERS = ['fluentd_output_status_emit_records', 'fluentd_output_status_num_errors'];
