"""Makes the files of this folder with the reference implementations.

Run from the repository root:  python test/golden/encoder/make_golden.py
Made with onnxruntime 1.32.0, tokenizers 0.22.2, transformers 4.57.6, torch 2.15.0, optimum-onnx 0.1.0 (Python 3.11+).

texts.json            what is encoded: 12 languages, with and without titles, some longer than the limits
e5.json               vectors of the bundled encoder by onnxruntime + tokenizers + NumPy, float32 in base64
unigram-ids.json      token ids by the bundled encoder's tokenizer (XLM-R's kind)
tiny-bert/            a random BERT with an mBERT-like cased WordPiece, exported by optimum
tiny-bert.json        its [CLS] vectors by transformers, and its token ids
"""
import base64, gzip, json, pathlib, shutil, tempfile
import numpy as np, onnxruntime as ort, torch
from optimum.exporters.onnx import main_export
from tokenizers import BertWordPieceTokenizer, Tokenizer
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, BertTokenizerFast

HERE = pathlib.Path(__file__).parent
E5 = HERE.parents[2] / "models" / "multilingual-e5-small-q4"

PASSAGES = [
    ("", "The Panthers defense gave up just 308 points, ranking sixth in the league."),
    ("Warsaw", "Its economy, by a wide variety of industries, is characterised by FMCG manufacturing."),
    ("Москва", "Столица России, город федерального значения."),
    ("", "Helsinki on Suomen pääkaupunki ja suurin kaupunki; väkiluku oli 674 500."),
    ("東京", "日本の首都である東京都は、1,400万人が住む世界最大の都市圏の中心です。"),
    ("서울", "서울특별시는 대한민국의 수도이자 최대 도시이다."),
    ("القُرْآن", "هُوَ الكِتَابُ المُقَدَّسُ لَدَى المُسْلِمِينَ"),
    ("ঢাকা", "ঢাকা বাংলাদেশের রাজধানী ও বৃহত্তম শহর।"),
    ("తెలుగు", "తెలుగు ద్రావిడ భాషా కుటుంబానికి చెందిన భాష."),
    ("", "हिन्दी विश्व की एक प्रमुख भाषा है।"),
    ("", "ภาษาไทยเป็นภาษาราชการของประเทศไทย"),
    ("Über", "Die Straße nach Köln ist größer als 100 km; naïve façade, “quotes” … – ﬁne!"),
    ("Long", "An immune system fights 病気 and болезнь. " * 40),
    ("", "x"),
    ("Emoji 🎉", "tabs\tand\nlines   spaces \u00a0 \u200b zero width, ＦＵＬＬ ｗｉｄｔｈ, ½ and ①"),
]
QUERIES = [
    "How many points did the Panthers defense surrender?",
    "¿Cuántos habitantes tiene la ciudad?",
    "Wie heißt die Hauptstadt von Polen?",
    "Сколько лет было королю?",
    "كم عدد سكان المدينة؟",
    "مَن كَتَبَ هَذَا الكِتَاب؟",
    "ঢাকা কোথায় অবস্থিত?",
    "Mikä on Suomen pääkaupunki?",
    "東京の人口は何人ですか?",
    "한국의 수도는 어디인가?",
    "తెలుగు ఎక్కడ మాట్లాడతారు?",
    "भारत की राजधानी क्या है?",
    "เมืองหลวงของไทยคืออะไร",
    "华沙的经济特点是什么？",
    "Which of the very many members of the committee that met in the autumn of the year 1848 in Frankfurt later became, against all expectations, the president of the assembly?",
]


def write(name, value):
    (HERE / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf8")


def packed(vectors):
    return base64.b64encode(np.ascontiguousarray(vectors, "<f4").tobytes()).decode()


def joined(prefix, title, text, separator=" "):
    return prefix + (f"{title}{separator}{text}" if title else text)


def e5():
    tokenizer = Tokenizer.from_file(str(E5 / "tokenizer.json"))
    session = ort.InferenceSession(str(E5 / "onnx/model_q4.onnx"), providers=["CPUExecutionProvider"])

    def encode(texts, limit):
        tokenizer.enable_truncation(limit)
        ids = [tokenizer.encode(t).ids for t in texts]
        rows = []
        for row in ids:
            i = np.array([row], np.int64)
            v = session.run(None, {"input_ids": i, "attention_mask": np.ones_like(i)})[0][0].mean(0)
            rows.append(v / np.linalg.norm(v))
        return ids, np.array(rows)

    passage_ids, passages = encode([joined("passage: ", t, x) for t, x in PASSAGES], 128)
    query_ids, queries = encode(["query: " + q for q in QUERIES], 32)
    write("e5.json", {"passages": packed(passages), "queries": packed(queries)})
    write("unigram-ids.json", {"passages": passage_ids, "queries": query_ids})


def tiny_bert():
    folder = HERE / "tiny-bert"
    shutil.rmtree(folder, ignore_errors=True)
    corpus = [t for pair in PASSAGES for t in pair] + QUERIES
    with tempfile.TemporaryDirectory() as work:
        trained = BertWordPieceTokenizer(lowercase=False, strip_accents=False)
        trained.train_from_iterator(corpus, vocab_size=900, min_frequency=1, show_progress=False)
        trained.save_model(work)
        tokenizer = BertTokenizerFast(f"{work}/vocab.txt", do_lower_case=False, model_max_length=64)
        torch.manual_seed(7)
        config = BertConfig(vocab_size=len(tokenizer), hidden_size=24, num_hidden_layers=2, num_attention_heads=4,
                            intermediate_size=48, max_position_embeddings=64, initializer_range=0.5)
        BertModel(config).eval().save_pretrained(f"{work}/model")
        tokenizer.save_pretrained(f"{work}/model")
        main_export(f"{work}/model", output=folder, task="feature-extraction")
        model = AutoModel.from_pretrained(f"{work}/model").eval()
    for extra in ("vocab.txt", "special_tokens_map.json"):
        (folder / extra).unlink(missing_ok=True)
    (folder / "xqg.json").write_text(json.dumps({
        "kind": "encoder", "pooling": "cls", "normalize": False, "similarity": "dot", "titleSeparator": " [SEP] ",
        "maxQueryTokens": 16, "maxPassageTokens": 48}, indent=2) + "\n")
    tokenizer = AutoTokenizer.from_pretrained(folder)

    def encode(texts, limit):
        ids, rows = [], []
        for text in texts:
            batch = tokenizer(text, truncation=True, max_length=limit, return_tensors="pt")
            ids.append(batch["input_ids"][0].tolist())
            with torch.no_grad():
                rows.append(model(**batch).last_hidden_state[0, 0].numpy())
        return ids, np.array(rows)

    passage_ids, passages = encode([joined("", t, x, " [SEP] ") for t, x in PASSAGES], 48)
    query_ids, queries = encode(QUERIES, 16)
    write("tiny-bert.json", {"passages": packed(passages), "queries": packed(queries),
                             "passageIds": passage_ids, "queryIds": query_ids})


write("texts.json", {"passages": [{"title": t, "text": x} for t, x in PASSAGES], "queries": [{"text": q} for q in QUERIES]})
e5()
tiny_bert()
