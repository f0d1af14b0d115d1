-- Which sources repeat documents of other sources, and how often?
SELECT
  c.source AS kept_in,
  r.source AS repeated_in,
  d.reason,
  count(*) AS records,
  count(DISTINCT c.doc_id) AS documents
FROM brickyard.decisions AS d
INNER JOIN brickyard.records AS r ON d.record_id = r.record_id
INNER JOIN brickyard.curated AS c ON d.final_representative_id = c.doc_id
WHERE NOT d.kept AND r.source <> c.source
GROUP BY c.source, r.source, d.reason
ORDER BY records DESC, kept_in, repeated_in, d.reason
