-- What does this kept document stand for?
-- :id is the doc_id of a kept document
SELECT
  d.reason,
  d.similarity,
  r.uri,
  r.position,
  d.representative_id,
  trim(regexp_replace(substring(r.text, 1, 80), '[ \t\r\n]+', ' ')) AS begins
FROM brickyard.decisions AS d
INNER JOIN brickyard.records AS r ON d.record_id = r.record_id
WHERE d.final_representative_id = :id
ORDER BY d.kept DESC, d.similarity DESC, r.uri, r.position
