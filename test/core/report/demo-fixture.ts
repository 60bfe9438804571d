import type { Augmentation } from '../../../core/retrieval/arms.js';
import type { ArmResult, ReportData } from '../../../core/report/report-data.js';

/** Report data in the shape of the demo's: 22 arms, 7 query languages, 5 metrics, figures near the real ones. */

const QUERY_LANGUAGES = ['en', 'ar', 'ru', 'de', 'es', 'hi', 'th'];
const QUESTION_LANGUAGES = ['ar', 'bn', 'fi', 'ja', 'ko', 'ru', 'te'];
const METRICS = ['recall@1', 'recall@10', 'mrr@10', 'ndcg@10', 'r@2kt'];

/** The encoder alone, by metric: figures of the query languages, in their order. */
const ALONE: Record<string, number[]> = {
  'recall@1': [0.8588, 0.5, 0.6849, 0.7597, 0.8034, 0.6824, 0.6008],
  'recall@10': [0.9756, 0.8429, 0.937, 0.9454, 0.9571, 0.9286, 0.8866],
  'mrr@10': [0.9026, 0.6096, 0.7721, 0.8267, 0.8597, 0.7685, 0.6964],
  'ndcg@10': [0.9206, 0.6656, 0.8123, 0.8559, 0.8837, 0.8077, 0.7425],
  'r@2kt': [97.3, 84.1, 93.4, 94.2, 95.5, 92.6, 88.2],
};
/** How a gain of one point on average falls on the query languages; the sum is their number. */
const SHAPE = [0.03, 2.1, 1, 0.72, 0.66, 1.22, 1.27];

export function demoReport(): ReportData {
  const xqg = (alpha: number, perLanguage: number, gain: number, over: Partial<Augmentation> = {}) =>
    armWithGain({ questions: 'mini', alpha, perLanguage, languages: QUESTION_LANGUAGES, ...over }, gain);
  const aloneGains = [1.31, 0.82, 1.02, 0.64, 0.9, 1.44, 0.77];
  return {
    title: 'Multilingual e5 with and without xQG',
    runId: 'demo-20250601-101500',
    createdAt: '2025-06-01T10:21:07.000Z',
    experimentName: 'demo',
    description: 'Does moving passages towards generated questions help a small multilingual encoder?',
    command: 'npx xqg run examples/demo.yaml --embedded',
    primaryMetric: 'recall@1',
    metrics: METRICS,
    languages: QUERY_LANGUAGES,
    queries: { all: 8330, byLanguage: Object.fromEntries(QUERY_LANGUAGES.map((lang) => [lang, 1190])) },
    passages: 500,
    arms: [
      armWithGain(undefined, 0),
      xqg(0.01, 3, 2.14),
      xqg(0.02, 3, 3.09),
      xqg(0.03, 3, 3.36),
      xqg(0.05, 3, 2.14),
      xqg(0.1, 3, -1.89),
      xqg(0.03, 1, 2.19),
      xqg(0.03, 2, 3.17),
      ...QUESTION_LANGUAGES.map((lang, row) => xqg(0.03, 3, aloneGains[row] ?? 0, { languages: [lang] })),
      xqg(0.01, 3, 1.36, { control: 'shuffled' }),
      xqg(0.02, 3, 1.65, { control: 'shuffled' }),
      xqg(0.03, 3, 1.11, { control: 'shuffled' }),
      xqg(0.01, 3, 1.59, { control: 'mean' }),
      xqg(0.02, 3, 2.22, { control: 'mean' }),
      xqg(0.03, 3, 2.77, { control: 'mean' }),
    ],
    questions: [questionSet()],
    lineage: lineage(),
    wonLost: wonLost(),
  };
}

function wonLost(): NonNullable<ReportData['wonLost']> {
  const passage = {
    docId: 'xquad-12',
    title: 'Super Bowl 50',
    text: 'The Panthers defense gave up just 308 points, ranking sixth in the league …',
    questions: [{ lang: 'ar', text: 'كم عدد النقاط التي حصل عليها فريق بانثرز؟' }],
  };
  const query = { queryId: 'th-56be', lang: 'th', text: 'แพนเธอร์สเสียแต้มกี่แต้ม', answers: ['308'], passage };
  return {
    arm: 'e5+mini-a0.03-n3',
    against: 'e5',
    metric: 'recall@1',
    counts: { won: 512, lost: 230, same: 7588 },
    won: [{ ...query, before: 0, after: 1, rankBefore: 4, rankAfter: 1 }],
    lost: [{ ...query, queryId: 'ar-56be', lang: 'ar', before: 1, after: 0, rankBefore: 1, rankAfter: null }],
  };
}

/** Gain in points of recall@1 on average; other metrics gain in proportion to what they have left to gain. */
function armWithGain(augmentation: Augmentation | undefined, gain: number): ArmResult {
  const results: ArmResult['results'] = {};
  for (const metric of METRICS) {
    const scale = metric === 'r@2kt' ? 0.3 : metric === 'recall@10' ? 0.003 : 0.01;
    const figures = (ALONE[metric] ?? []).map((alone, row) => alone + gain * scale * (SHAPE[row] ?? 0));
    results[metric] = {
      all: figures.reduce((sum, value) => sum + value, 0) / figures.length,
      byLanguage: Object.fromEntries(QUERY_LANGUAGES.map((lang, row) => [lang, figures[row] ?? null])),
    };
  }
  if (augmentation === undefined) {
    return { arm: { id: 'e5', label: 'e5', encoder: 'e5', similarity: 'cosine' }, results };
  }
  const { alpha, perLanguage, languages, control } = augmentation;
  const only = languages.length === 1 ? languages[0] : undefined;
  const suffix = [only, control].filter((part) => part !== undefined);
  const arm = {
    id: ['e5+mini', `a${alpha}`, `n${perLanguage}`, ...suffix].join('-'),
    label: [
      'e5 + mini',
      `α = ${alpha}`,
      `n = ${perLanguage}`,
      ...(only ? [`${only} only`] : []),
      ...(control ? [control] : []),
    ].join(', '),
    encoder: 'e5',
    similarity: 'cosine' as const,
    augmentation,
  };
  return { arm, results };
}

function questionSet(): ReportData['questions'][number] {
  return {
    name: 'mini',
    report: Object.fromEntries(
      QUESTION_LANGUAGES.map((lang, row) => [
        lang,
        { questions: 1500, empty: row === 2 ? 3 : 0, repeated: 12 + row * 5, cut: row === 6 ? 41 : 2 },
      ]),
    ),
    examples: [
      {
        docId: 'xquad-12',
        title: 'Super Bowl 50',
        text: 'The Panthers defense gave up just 308 points, ranking sixth in the league, while also leading the NFL in interceptions with 24 and boasting four Pro Bowl selections.',
        questions: [
          { lang: 'ar', text: 'كم عدد النقاط التي حصل عليها فريق بانثرز؟' },
          { lang: 'bn', text: 'প্যান্থার্স দলটি কত পয়েন্ট পেয়েছিল?' },
          { lang: 'fi', text: 'Kuinka monta pistettä Panthers sai?' },
          { lang: 'ja', text: 'パンサーズは何点を獲得しましたか?' },
          { lang: 'ko', text: '팬서스는 몇 점을 얻었나요?' },
          { lang: 'ru', text: 'Сколько очков получили «Пантерз»?' },
          { lang: 'te', text: 'పాంథర్స్ ఎన్ని పాయింట్లు పొందింది?' },
        ],
      },
      {
        docId: 'xquad-87',
        title: 'Warsaw',
        text: 'One of the most famous people born in Warsaw was Maria Skłodowska-Curie, who achieved international recognition for her research on radioactivity.',
        questions: [
          { lang: 'ar', text: 'متى ولدت ماري كوري؟' },
          { lang: 'fi', text: 'Missä Maria Skłodowska-Curie syntyi?' },
          { lang: 'ru', text: 'Где родилась Мария Склодовская-Кюри?' },
        ],
      },
    ],
  };
}

function lineage(): ReportData['lineage'] {
  const sha = (digit: string) => digit.repeat(64);
  const stage = (name: string, of: string, rows: number, bytes: number, seconds: number, reused = false) => ({
    stage: name,
    name: of,
    key: `${name}-${'8f3b0c92d1e4'}`,
    shards: 1,
    rows,
    bytes,
    seconds,
    reused,
  });
  return {
    stages: [
      stage('ingest', 'corpus', 500, 240_512, 0.6),
      stage('ingest', 'queries', 8330, 611_204, 1.2),
      stage('encode', 'e5 passages', 500, 402_118, 17.4, true),
      stage('encode', 'e5 queries', 8330, 6_512_300, 58.2),
      stage('generate', 'mini', 10_500, 900_214, 96.4),
      stage('accumulate', 'e5 + mini', 500, 8_103_004, 66.8),
      stage('search', 'all arms', 183_260, 31_004_100, 9.7),
      stage('evaluate', 'all arms', 183_260, 2_204_100, 3.1),
    ],
    models: [
      {
        name: 'e5',
        uri: 'models/multilingual-e5-small-q4',
        digest: sha('a'),
        card: 'multilingual-e5-small-q4',
      },
      { name: 'mini', uri: 'models/xqg-mini', digest: sha('b'), card: 'xqg-mini' },
    ],
    data: [
      { uri: 'examples/data/passages.jsonl.gz', bytes: 151_420, sha256: sha('c'), rows: 500 },
      { uri: 'examples/data/queries.jsonl.gz', bytes: 402_009, sha256: sha('d'), rows: 8330 },
      { uri: 'examples/data/qrels.trec.gz', bytes: 30_112, sha256: sha('e'), rows: 8330 },
    ],
    options: {
      name: 'demo',
      seed: 13,
      encoders: { e5: { model: 'models/multilingual-e5-small-q4', precision: 'float16' } },
      generators: { mini: { kind: 'onnx', model: 'models/xqg-mini' } },
      questions: { mini: { generator: 'mini', languages: QUESTION_LANGUAGES, perLanguage: 3 } },
      arms: [{ encoder: 'e5' }, { encoder: 'e5', questions: 'mini', alpha: [0.01, 0.02, 0.03, 0.05, 0.1] }],
    },
    versions: { xqg: '0.1.0', node: '20.20.2', onnxruntime: '1.30.0' },
  };
}
