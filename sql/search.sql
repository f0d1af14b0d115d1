-- Which kept documents hold this text, as it is written here?
-- :text is what to look for
-- :source = %  a pattern of LIKE for the source; ^_ and ^% are those characters themselves
-- :most = 20  how many documents, the heaviest first
SELECT
  c.source,
  c.uri,
  c.weight,
  c.word_count,
  trim(regexp_replace(substring(c.text, greatest(instr(c.text, :text) - 40, 1), 120), '[ \t\r\n]+', ' ')) AS around,
  c.doc_id
FROM brickyard.curated AS c
WHERE c.source LIKE :source ESCAPE '^' AND contains(c.text, :text)
ORDER BY c.weight DESC, c.doc_id ASC
LIMIT CAST(:most AS INT)
