-- How many near copies of a known similarity did the run find, and how many do the bands find in theory?
SELECT
  m.release_id,
  m.similarity_from,
  m.similarity_to,
  sum(m.planted) AS planted,
  sum(m.found) AS found,
  round(sum(m.found) / sum(m.planted), 6) AS recall,
  round(sum(m.expected * m.planted) / sum(m.planted), 6) AS expected
FROM brickyard.recall_meter AS m
GROUP BY m.release_id, m.similarity_from, m.similarity_to
ORDER BY m.release_id, m.similarity_from
