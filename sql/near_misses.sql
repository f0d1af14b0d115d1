-- Which pairs sit just below the threshold: compared, and not similar enough by little?
-- :most = 10  how many pairs, the closest first
SELECT
  round(m.similarity, 4) AS similarity,
  coalesce(r.external_id, r.uri || ':' || r.position) AS record,
  coalesce(o.external_id, o.uri || ':' || o.position) AS other_record,
  trim(regexp_replace(substring(r.text, 1, 60), '[ \t\r\n]+', ' ')) AS begins,
  trim(regexp_replace(substring(o.text, 1, 60), '[ \t\r\n]+', ' ')) AS other_begins,
  m.doc_id,
  m.other_id
FROM brickyard.near_misses AS m
INNER JOIN brickyard.documents AS d ON m.doc_id = d.doc_id
INNER JOIN brickyard.records AS r ON d.first_record_id = r.record_id
INNER JOIN brickyard.documents AS e ON m.other_id = e.doc_id
INNER JOIN brickyard.records AS o ON e.first_record_id = o.record_id
ORDER BY m.similarity DESC, m.doc_id ASC, m.other_id ASC
LIMIT CAST(:most AS INT)
