-- What became of each record of this file?
-- :uri is the file, as in records.uri
SELECT
  r.position,
  r.record_id,
  r.word_count,
  d.kept,
  d.reason,
  d.similarity,
  d.final_representative_id
FROM brickyard.records AS r
INNER JOIN brickyard.decisions AS d ON r.record_id = d.record_id
WHERE r.uri = :uri
ORDER BY r.position, r.record_id
