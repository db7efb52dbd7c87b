#!/bin/sh
# Prepares Elasticsearch for the logs: ingest pipeline, lifecycle policies, component template, index templates. Each is a PUT of a file
# beside this script, so running it again changes nothing. Runs before Fluentd starts; needs sh and curl only.
set -eu

host="${ELASTICSEARCH_HOST:-elasticsearch}"
url="${ELASTICSEARCH_SCHEME:-http}://$host:${ELASTICSEARCH_PORT:-9200}"
folder="$(cd "$(dirname "$0")" && pwd)"
patience="${ELASTICSEARCH_PATIENCE_S:-120}"

request() {
  if [ -n "${ELASTICSEARCH_USER:-}" ]; then
    # The password goes in by stdin, for arguments can be seen by every user of the machine.
    printf 'user = "%s:%s"\n' "$ELASTICSEARCH_USER" "${ELASTICSEARCH_PASSWORD:-}" | curl --silent --show-error --fail-with-body --max-time 30 --config - "$@"
  else
    curl --silent --show-error --fail-with-body --max-time 30 "$@"
  fi
}

until request --output /dev/null "$url/_cluster/health?wait_for_status=yellow&timeout=5s" 2>/dev/null; do
  patience=$((patience - 2))
  if [ "$patience" -le 0 ]; then
    echo "Elasticsearch does not answer at $url" >&2
    exit 1
  fi
  sleep 2
done

# What is built upon comes first.
for kind in _ingest.pipeline _ilm.policy _component_template _index_template; do
  for file in "$folder/$kind".*.json; do
    name="$(basename "$file" .json)"
    path="$(echo "$kind" | tr . /)/${name#"$kind".}"
    request --output /dev/null --request PUT --header 'content-type: application/json' --data-binary "@$file" "$url/$path"
    echo "PUT $path"
  done
done
