-- Why were records dropped, per source, and what share of the source is that?
SELECT
  r.source,
  coalesce(d.reason, 'kept') AS reason,
  count(*) AS records,
  round(100 * count(*) / sum(count(*)) OVER (PARTITION BY r.source), 2) AS percent
FROM brickyard.decisions AS d
INNER JOIN brickyard.records AS r ON d.record_id = r.record_id
GROUP BY r.source, coalesce(d.reason, 'kept')
ORDER BY r.source, records DESC, reason
