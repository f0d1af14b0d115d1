-- How many documents, words and tokens does each source give, and how many tokens does a word take?
SELECT
  source,
  count(*) AS documents,
  sum(weight) AS records,
  sum(word_count) AS words,
  sum(token_count) AS tokens,
  round(sum(token_count) / sum(word_count), 3) AS tokens_per_word,
  round(avg(token_count), 1) AS tokens_per_document
FROM brickyard.curated
GROUP BY source
ORDER BY tokens DESC, source
