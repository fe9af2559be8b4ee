import pytest

from hypergen.data.wiki_codes import _OWN, _STANDARD, wiki_language
from hypergen.errors import CorpusError
from hypergen.languages import Language

EDITIONS = """
ab ace ady af als alt am ami an ang anp ar arc ary arz as ast atj av avk awa ay az azb ba ban bar bat-smg bbc bcl be
be-x-old bg bh bi bjn blk bm bn bo bpy br bs bug bxr ca cbk-zam cdo ce ceb ch chr chy ckb co cr crh cs csb cu cv cy da
dag de dga din diq dsb dty dv dz ee el eml en eo es et eu ext fa fat ff fi fiu-vro fj fo fon fr frp frr fur fy ga gag
gan gcr gd gl glk gn gom gor got gpe gsw gu guc gur guw gv ha hak haw he hi hif hr hsb ht hu hy hyw ia id ie ig ik ilo
inh io is it iu ja jam jbo jv ka kaa kab kbd kbp kcg kg ki kk kl km kn ko koi krc ks ksh ku kv kw ky la lad lb lbe lez
lfn lg li lij lld lmo ln lo lt ltg lv mad mai map-bms mdf mg mhr mi min mk ml mn mni mnw mr mrj ms mt mwl my myv mzn
nah nap nds nds-nl ne new nia nl nn no nov nqo nrm nso nv ny oc olo om or os pa pag pam pap pcd pcm pdc pfl pi pih pl
pms pnb pnt ps pt pwn qu rm rmy rn ro roa-rup roa-tara ru rue rw sa sah sat sc scn sco sd se sg sh shi shn si simple sk
skr sl sm smn sn so sq sr srn ss st stq su sv sw szl szy ta tay tcy te tet tg th ti tk tl tly tn to tpi tr trv ts tt
tum tw ty tyv udm ug uk ur uz ve vec vep vi vls vo wa war wo wuu xal xh xmf yi yo za zea zh zh-classical zh-min-nan
zh-yue zu
""".split()
"""Of the dump 20231101 on the hub."""


def test_every_edition_of_the_dump_has_a_language():
    missing = []
    for code in EDITIONS:
        try:
            wiki_language(code)
        except CorpusError:
            missing.append(code)
    assert missing == []


def test_codes_that_mean_another_language_in_iso_are_not_taken_by_it():
    assert wiki_language("als") == "gsw"  # Alemannic; als is Tosk Albanian
    assert wiki_language("nrm") == "nrf"  # Norman; nrm is Narom
    assert wiki_language("bh") == "bho"
    assert wiki_language("simple") == wiki_language("en") == "eng"


def test_macro_languages_have_the_member_that_the_edition_is_written_in():
    codes = {"sw": "swh", "zh": "cmn", "et": "ekk", "lv": "lvs", "ms": "zsm", "no": "nob", "ar": "arb", "fa": "pes"}
    assert {code: wiki_language(code) for code in codes} == codes


def test_the_table_names_languages_only_and_nothing_twice():
    assert all(Language.parse(iso3).iso3 == iso3 for iso3 in (_OWN | _STANDARD).values())
    assert not _OWN.keys() & _STANDARD.keys()


def test_an_unknown_edition_is_refused():
    with pytest.raises(CorpusError, match="No language is known for the Wikipedia edition 'qqq'"):
        wiki_language("qqq")
