-- Which pairs of documents were found just above the threshold?
-- :most = 10  how many pairs
SELECT
  p.kind,
  p.similarity,
  p.chosen,
  p.doc_id,
  p.other_id,
  d.word_count,
  o.word_count AS other_word_count
FROM brickyard.duplicate_pairs AS p
INNER JOIN brickyard.documents AS d ON p.doc_id = d.doc_id
INNER JOIN brickyard.documents AS o ON p.other_id = o.doc_id
ORDER BY p.kind, p.similarity, p.doc_id
LIMIT CAST(:most AS INT)
