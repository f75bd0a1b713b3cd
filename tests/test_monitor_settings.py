"""nianbao.toml: what it may say, and what is refused with file, key and expectation."""

import re
import tomllib

import pytest

from archive.notices import Notice
from monitor.errors import BadSettings
from monitor.settings import (
    PASSWORD_VARIABLE,
    PING_VARIABLE,
    TEMPLATE,
    Mail,
    Notify,
    Recipient,
    Settings,
    load,
)


def written(folder, text):
    path = folder / "nianbao.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_file_that_init_writes_is_the_defaults(tmp_path):
    assert load(written(tmp_path, TEMPLATE), {}) == Settings()


def test_every_commented_default_is_the_default(tmp_path):
    text = re.sub(r"^# (?=\w+ = )", "", TEMPLATE.split("[mail]")[0], flags=re.MULTILINE)
    text = re.sub(r"^contact = .*\n", "", text, flags=re.MULTILINE)      # there is no default for a person
    text = re.sub(r'due_local = "02-20"\nnotice = .*\nyears = .*\n', "", text)
    assert len(tomllib.loads(text)["crawl"]) == 5
    assert load(written(tmp_path, text), {}) == Settings()


def test_every_key_of_the_template_can_be_set(tmp_path):
    text = re.sub(r"^# (?=\w+ = |\[)", "", TEMPLATE, flags=re.MULTILINE)
    (tmp_path / "smtp-password").write_text("geheim\n")
    (tmp_path / "office-url").write_text("https://chat.example.org/send?key=geheim\n")
    (tmp_path / "office-secret").write_text("SECgeheim\n")
    settings = load(written(tmp_path, text), {})
    assert settings.contact == "office@example.org"
    assert settings.calendar.counties == {
        "370828": (Notice("02-20", "title and number of the notice", (2025,)),)}
    assert settings.mail == Mail("nianbao@example.org", (Recipient("office@example.org", ("370828",), "zh"),),
                                 "smtp.example.org", "starttls", 587, "nianbao", "geheim")
    address = "https://chat.example.org/send?key=geheim"
    assert settings.notify == (Notify("office", "dingtalk", address, ("370828",), "zh", "SECgeheim"),)
    assert "geheim" not in repr(settings)


def test_the_password_comes_from_the_environment_before_the_file_and_never_shows(tmp_path):
    text = '[mail]\nhost = "smtp.example.org"\nusername = "u"\n'
    settings = load(written(tmp_path, text), {PASSWORD_VARIABLE: "geheim"})
    assert settings.mail.password == "geheim"
    assert "geheim" not in repr(settings)


@pytest.mark.parametrize("contact", ["office@example.org", "http://example.org", "https://example.org:8443/a/b?c=1"])
def test_who_answers_for_the_crawls_is_an_address_or_a_page(tmp_path, contact):
    assert load(written(tmp_path, f'[crawl]\ncontact = "{contact}"'), {}).contact == contact


def test_nobody_is_named_as_contact_unless_somebody_was(tmp_path):
    assert load(written(tmp_path, "[crawl]"), {}).contact is None


def test_the_port_follows_the_security(tmp_path):
    assert load(written(tmp_path, '[mail]\nsecurity = "tls"'), {}).mail.port == 465


@pytest.mark.parametrize(("text", "place", "expected"), [
    ('language = "de"', "language", 'expected "en" or "zh", found \'de\''),
    ('langage = "en"', "langage", "no such key; there are "),
    ("[crawl]\ndelay = 3", "crawl.delay", "no such key; there are allow_private_addresses, "),
    ("[crawl]\ncontact = 7", "crawl.contact", 'expected one address such as "office@example.org" or "https://'),
    ('[crawl]\ncontact = ""', "crawl.contact", "expected one address"),
    ('[crawl]\ncontact = "a@example.org\\r\\nHost: other"', "crawl.contact", "expected one address"),
    ('[crawl]\ncontact = "https://example.org/)(x"', "crawl.contact", "expected one address"),
    ('[crawl]\ncontact = "ftp://example.org/"', "crawl.contact", "expected one address"),
    ("[crawl]\ndelay_seconds = -1", "crawl.delay_seconds", "expected a number of seconds from 0 to 600"),
    ("[crawl]\ncounties_at_once = true", "crawl.counties_at_once", "expected a whole number from 1 to 64"),
    ('[calendar]\ndue_local = "31-01"', "calendar.due_local", "expected a month and day"),
    ('[calendar]\ndue_local = "02-29"', "calendar.due_local", "expected a month and day"),
    ('[calendar.counties.370828]\ndue_local = "02-20"', "calendar.counties.370828.notice", "missing; another day"),
    ("[calendar.counties.jinxiang]", "calendar.counties.jinxiang", "expected a county's code of the division table"),
    ("[calendar.counties.370999]", "calendar.counties.370999", "expected a county's code of the division table"),
    ("[calendar.counties]\n370828 = 20", "calendar.counties.370828", "expected a list of tables"),
    ('[calendar]\ndue_outer = "04-30"', "calendar.due_outer", "no such key; there are counties, due_local"),
    ('[calendar]\ndue_local = "04-01"', "calendar.due_local", '"03-31" at the latest, found \'04-01\''),
    ('[calendar.counties.370828]\ndue_local = "02-30"\nnotice = "x"', "calendar.counties.370828.due_local",
     "expected a month and day of every year"),
    ('[calendar.counties.370828]\ndue_local = "02-20"\nnotice = " "', "calendar.counties.370828.notice",
     "expected some text in quotes"),
    ('[calendar.counties.370828]\ndue_local = "02-20"\nnotice = "x"\nyears = [2018]', "calendar.counties.370828.years",
     "none before 2019"),
    ('[calendar.counties.370828]\ndue_local = "02-20"\nnotice = "x"\nyear = 2025', "calendar.counties.370828.year",
     "no such key; there are due_local, notice, years"),
    (2 * '[[calendar.counties.370828]]\ndue_local = "02-20"\nnotice = "x"\nyears = [2024, 2025]\n',
     "calendar.counties.370828", "expected one notice for each report year; more than one speaks of 2024"),
    (2 * '[[calendar.counties.370828]]\ndue_local = "02-20"\nnotice = "x"\n', "calendar.counties.370828",
     "more than one speaks of every year"),
    ('[mail]\nsender = "a@example.org"\n[[mail.recipient]]\naddress = "b@example.org"\ncounties = ["370999"]',
     "mail.recipient, number 1, counties", "each a county's code of the division table"),
    ('[schedule]\nhour = 24', "schedule.hour", "expected a whole number from 0 to 23"),
    ('[mail]\npassword = "x"', "mail.password", "no such key"),
    ('[mail]\nusername = "u"', "mail.username", f"needs a password: set {PASSWORD_VARIABLE} or password_file"),
    ('[mail]\nusername = "u"\npassword_file = "nowhere"', "mail.password_file", "cannot be read"),
    ('[[mail.recipient]]\naddress = "a@example.org"', "mail.sender", "missing; a mail to mail.recipient"),
    ('[[mail.recipient]]\naddress = "a@example.org\\nBcc: b@example.org"', "mail.recipient, number 1, address",
     "expected one address"),
    ('[[mail.recipient]]\ncounties = ["370828"]', "mail.recipient, number 1, address", "missing"),
    ('[mail]\nsender = "a@example.org"\n' + 2 * '[[mail.recipient]]\naddress = "b@example.org"\n', "mail.recipient",
     "expected each address once"),
    ('[mail]\ndays = []', "mail.days", "expected a list of at least one of monday, tuesday"),
    ('[mail]\ndays = ["montag"]', "mail.days", 'expected one of "monday", "tuesday"'),
    ('[[notify]]\nname = "office"', "notify, number 1, kind", "missing"),
    ('[[notify]]\nkind = "slack"', "notify, number 1, name", "missing"),
    ('[[notify]]\nname = "office"\nkind = "irc"', "notify, number 1, kind", 'expected one of "wecom", "dingtalk"'),
    ('[[notify]]\nname = "office"\nkind = "slack"', "notify, number 1, url_file", "expected a file, or in url_env"),
    ('[[notify]]\nname = "office"\nkind = "slack"\nurl = "https://x.example/geheim"', "notify, number 1, url_file",
     "expected a file"),
    ('[[notify]]\nname = "office"\nkind = "slack"\nurl_file = "nowhere"', "notify, number 1, url_file",
     "cannot be read: FileNotFoundError"),
    ('\nlanguage = en', "TOML", "line 2"),
])
def test_what_cannot_be_used_is_refused_by_file_and_key(tmp_path, text, place, expected):
    path = written(tmp_path, text)
    with pytest.raises(BadSettings) as caught:
        load(path, {})
    assert (caught.value.path, caught.value.place) == (path, place)
    assert expected in str(caught.value)


def test_a_password_never_crosses_the_network_in_the_clear(tmp_path):
    text = '[mail]\nhost = "smtp.example.org"\nsecurity = "none"\nusername = "u"\n'
    with pytest.raises(BadSettings, match="in the clear"):
        load(written(tmp_path, text), {PASSWORD_VARIABLE: "geheim"})


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadSettings, match="cannot be read"):
        load(tmp_path / "nianbao.toml", {})


def test_what_serve_tells_is_told_to_this_machine_alone(tmp_path):
    assert load(written(tmp_path, '[serve]\nlisten = "[::1]:9180"'), {}).listen == ("::1", 9180)
    with pytest.raises(BadSettings, match=r"serve\.listen: expected an address of this machine itself"):
        load(written(tmp_path, '[serve]\nlisten = "0.0.0.0:9180"'), {})


def test_the_address_of_a_dead_mans_switch_is_a_secret(tmp_path):
    settings = load(written(tmp_path, '[serve]\nping = "https://example.org/ping/a"'), {PING_VARIABLE: "https://b.org/s3c/"})
    assert settings.ping == "https://b.org/s3c"
    assert "s3c" not in repr(settings)
    with pytest.raises(BadSettings) as refused:
        load(written(tmp_path, ""), {PING_VARIABLE: "ftp://b.org/s3c"})
    assert "s3c" not in str(refused.value)


def test_the_hours_in_which_crawls_begin_are_hours_in_order(tmp_path):
    assert load(written(tmp_path, "[schedule]\nhour = 20"), {}).until == 21
    with pytest.raises(BadSettings, match=r"schedule\.until: expected a whole number from 11 to 24"):
        load(written(tmp_path, "[schedule]\nhour = 10\nuntil = 10"), {})


@pytest.mark.parametrize("secret", ["geheim", "ftp://example.org/geheim", "https://example.org/geheim\nx", ""])
def test_a_chat_s_address_that_cannot_be_used_is_not_repeated(tmp_path, secret):
    text = '[[notify]]\nname = "office"\nkind = "slack"\nurl_env = "NIANBAO_OFFICE"\n'
    with pytest.raises(BadSettings, match="holds one web address") as caught:
        load(written(tmp_path, text), {"NIANBAO_OFFICE": secret})
    assert "geheim" not in str(caught.value)


def test_two_chats_have_two_names(tmp_path):
    text = 2 * '[[notify]]\nname = "office"\nkind = "slack"\nurl_env = "NIANBAO_OFFICE"\n'
    with pytest.raises(BadSettings, match="a name of its own"):
        load(written(tmp_path, text), {"NIANBAO_OFFICE": "https://example.org/geheim"})


@pytest.mark.parametrize(("password", "expected"), [("", "needs a password"), ("gehéim", "in ASCII")])
def test_a_password_that_no_server_could_take_is_refused_and_not_repeated(tmp_path, password, expected):
    with pytest.raises(BadSettings, match=expected) as caught:
        load(written(tmp_path, '[mail]\nhost = "h.example"\nusername = "u"\n'), {PASSWORD_VARIABLE: password})
    assert not password or password not in str(caught.value)
