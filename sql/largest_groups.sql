-- Which kept documents stand for the most records, and how do they begin?
-- :most = 5  how many groups
SELECT
  c.weight AS records,
  c.uri,
  trim(regexp_replace(substring(c.text, 1, 100), '[ \t\r\n]+', ' ')) AS begins,
  c.doc_id
FROM brickyard.curated AS c
WHERE c.weight > 1
ORDER BY c.weight DESC, c.doc_id ASC
LIMIT CAST(:most AS INT)
