-- How do the labels of each source balance, before and after duplicates are gone?
SELECT
  r.source,
  coalesce(r.label, '(none)') AS label,
  count(*) AS records,
  round(100 * count(*) / sum(count(*)) OVER (PARTITION BY r.source), 2) AS percent_of_records,
  count_if(d.kept) AS kept,
  round(100 * count_if(d.kept) / sum(count_if(d.kept)) OVER (PARTITION BY r.source), 2) AS percent_of_kept
FROM brickyard.records AS r
INNER JOIN brickyard.decisions AS d ON r.record_id = d.record_id
GROUP BY r.source, coalesce(r.label, '(none)')
ORDER BY r.source, kept DESC, label
