"""Sitemaps as search engines read them: held against the schema by lxml."""

from datetime import timedelta
from urllib.robotparser import RobotFileParser

import pytest
from django.utils import timezone
from lxml import etree

from tests.advocacy.world import make_world
from tests.factories import make_defender, make_petition, make_story

pytestmark = pytest.mark.django_db
NAMESPACES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "n": "http://www.google.com/schemas/sitemap-news/0.9",
}
# What https://www.sitemaps.org/schemas/sitemap/0.9/sitemap.xsd asks of the elements that we write.
SCHEMA = etree.XMLSchema(
    etree.fromstring(b"""
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
    targetNamespace="http://www.sitemaps.org/schemas/sitemap/0.9" elementFormDefault="qualified">
  <xs:simpleType name="loc"><xs:restriction base="xs:anyURI">
    <xs:minLength value="12"/><xs:maxLength value="2048"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="lastmod"><xs:union memberTypes="xs:date xs:dateTime"/></xs:simpleType>
  <xs:complexType name="place"><xs:sequence>
    <xs:element name="loc" type="loc"/>
    <xs:element name="lastmod" type="lastmod" minOccurs="0"/>
    <xs:any namespace="##other" minOccurs="0" maxOccurs="unbounded" processContents="lax"/>
  </xs:sequence></xs:complexType>
  <xs:element name="urlset"><xs:complexType><xs:sequence>
    <xs:element name="url" type="place" minOccurs="0" maxOccurs="50000"/>
  </xs:sequence></xs:complexType></xs:element>
  <xs:element name="sitemapindex"><xs:complexType><xs:sequence>
    <xs:element name="sitemap" type="place" maxOccurs="50000"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>""")
)


def read(client, address: str) -> etree._Element:
    """A valid sitemap."""
    response = client.get(address)
    assert response.status_code == 200, address
    assert response["Content-Type"].startswith("application/xml")
    tree = etree.fromstring(response.content)
    SCHEMA.assertValid(tree)
    return tree


def places(client) -> list[str]:
    """Every address in every sitemap that the index names."""
    found = []
    for sitemap in read(client, "/sitemap.xml").xpath("//s:loc/text()", namespaces=NAMESPACES):
        tree = read(client, sitemap.removeprefix("https://testserver"))
        found += tree.xpath("//s:loc/text()", namespaces=NAMESPACES)
    return found


def test_the_sitemaps_name_every_public_page_and_each_is_there(client):
    world = make_world()
    found = places(client)
    assert len(found) == len(set(found))
    for row in (world.story, world.defender, world.theme, world.open, world.closed):
        assert f"https://testserver{row.get_absolute_url()}" in found
    assert "https://testserver/about/" in found and "https://testserver/" in found
    for address in found:
        response = client.get(address.removeprefix("https://testserver"))
        assert response.status_code == 200, address
        assert b'content="noindex"' not in response.content, address


def test_what_is_not_public_or_not_to_be_found_is_in_no_sitemap(client):
    hidden = [
        make_story(status="draft"),
        make_story(published_at=timezone.now() + timedelta(hours=1)),
        make_story(visibility="not_found"),
        make_defender(visibility="not_found"),
        make_petition(visibility="not_found"),
    ]
    found = " ".join(places(client)) + client.get("/news-sitemap.xml").content.decode()
    assert not [row for row in hidden if row.get_absolute_url() in found]


def test_the_news_are_those_of_two_days(client):
    make_story(title="News & more", language="fa")
    make_story(title="Old", published_at=timezone.now() - timedelta(days=3))
    tree = read(client, "/news-sitemap.xml")
    assert tree.xpath("//n:title/text()", namespaces=NAMESPACES) == ["News & more"]
    assert tree.xpath("//n:language/text()", namespaces=NAMESPACES) == ["fa"]
    assert tree.xpath("//n:name/text()", namespaces=NAMESPACES) == ["The Persecuted"]


def test_robots_read_what_is_for_them(client):
    rules = RobotFileParser()
    rules.parse(client.get("/robots.txt").content.decode().splitlines())
    for address in ("/", "/stories/a/", "/petitions/a/", "/feeds/atom.xml", "/sitemap.xml"):
        assert rules.can_fetch("anybody", f"https://testserver{address}"), address
    for address in ("/admin/", "/admin/login/", "/signatures/a/", "/signatures/a/confirm/"):
        assert not rules.can_fetch("anybody", f"https://testserver{address}"), address
    assert rules.site_maps() == [
        "https://testserver/sitemap.xml", "https://testserver/news-sitemap.xml"
    ]  # fmt: skip


def test_a_sitemap_that_is_not_there_is_not_found(client):
    assert client.get("/sitemap-signatures.xml").status_code == 404
