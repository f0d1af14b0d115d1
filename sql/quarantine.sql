-- What could not become a record, by reason, with one example of each?
SELECT
  reason,
  count(*) AS pieces,
  sum(byte_length) AS bytes,
  min_by(concat(uri, ' at ', position), concat(uri, lpad(CAST(position AS STRING), 20, '0'))) AS first_one
FROM brickyard.quarantine
GROUP BY reason
ORDER BY pieces DESC, reason
