-- Which pairs of documents were found just above the threshold?
-- :most = 10  how many pairs of each kind
WITH ranked AS (
  SELECT
    p.*,
    row_number() OVER (PARTITION BY p.kind ORDER BY p.similarity, p.doc_id, p.other_id) AS place
  FROM brickyard.duplicate_pairs AS p
)

SELECT
  p.kind,
  p.similarity,
  p.chosen,
  p.doc_id,
  p.other_id,
  d.word_count,
  o.word_count AS other_word_count
FROM ranked AS p
INNER JOIN brickyard.documents AS d ON p.doc_id = d.doc_id
INNER JOIN brickyard.documents AS o ON p.other_id = o.doc_id
WHERE p.place <= CAST(:most AS INT)
ORDER BY p.kind, p.similarity, p.doc_id, p.other_id
