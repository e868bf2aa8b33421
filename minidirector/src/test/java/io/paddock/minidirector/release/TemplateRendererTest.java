package io.paddock.minidirector.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** The context of ERB templates, and the templates of the release's own job. */
class TemplateRendererTest {

    private static TemplateRenderer renderer;

    @TempDir
    private Path directory;

    @BeforeAll
    static void ruby() {
        renderer = new TemplateRenderer();
    }

    @Test
    void aPropertyIsTheManifestsValueOrTheDefaultOfTheSpec() throws IOException {
        assertThat(render("<%= p('a.b') %>-<%= p('a.c') %>-<%= p(['x.y', 'a.b']) %>", Map.of("a", Map.of("b", 1))))
                .isEqualTo("1-two-1");
    }

    @Test
    void aPropertyThatTheSpecDoesNotDeclareDoesNotExist() throws IOException {
        assertThat(render("<%= p('secret', 'none') %>", Map.of("secret", "x"))).isEqualTo("none");
    }

    @Test
    void ifPAndElseTellWhetherThereIsAValue() throws IOException {
        assertThat(render(
                        "<% if_p('a.b') do |b| %>has <%= b %><% end.else do %>none<% end %>"
                                + "<% if_p('x.y') do |y| %>has<% end.else do %>none<% end %>",
                        Map.of("a", Map.of("b", 1))))
                .isEqualTo("has 1none");
    }

    @Test
    void theSpecTellsWhoTheInstanceIs() throws IOException {
        assertThat(render(
                        "<%= spec.deployment %> <%= name %> <%= spec.index %> <%= spec.networks.default.ip %>",
                        Map.of()))
                .isEqualTo("db job 0 127.9.0.2");
    }

    @Test
    void aLinkGivesItsInstancesPropertiesAndAddress() throws IOException {
        assertThat(render(
                        "<% l = link('db') %><%= l.instances.map { |i| i.address + '/' + i.id }.join(' ') %> <%= l.p('port') %> "
                                + "<%= l.p('user', 'nobody') %> <%= l.address %> <% l.if_p('none') do |x| %>x<% end.else do %>none<% end %>",
                        Map.of(), DB))
                .isEqualTo("10.0.0.1/i1 10.0.0.2/i2 5432 nobody q-s0.db.default.d.bosh none");
    }

    @Test
    void aLinksAddressIsThatOfSomeZonesOrOfAStatusIfItIsAskedFor() throws IOException {
        Map<String, Object> link = new LinkedHashMap<>((Map<String, Object>) DB.get("db"));
        link.put("azs", List.of("z1", "z2"));
        Map<String, Object> links = Map.of("db", link);

        assertThat(render("<%= link('db').address(azs: ['z2'], status: 'healthy') %>", Map.of(), links))
                .isEqualTo("q-a2s3.db.default.d.bosh");
        assertThat(render("<%= link('db').address(status: 'all') %>", Map.of(), links))
                .isEqualTo("q-s4.db.default.d.bosh");
        assertThatThrownBy(() -> render("<%= link('db').address(status: 'ill') %>", Map.of(), links))
                .hasMessageContaining("no such status: ill");
    }

    @Test
    void whatIsBlankIsKnown() throws IOException {
        assertThat(render("<%= [nil, '', ' ', [], 'x', [1], 7].map(&:blank?).join(' ') %>", Map.of()))
                .isEqualTo("true true true true false false false");
    }

    @Test
    void aDashEndsALineWithoutABreak() throws IOException {
        assertThat(render("a\n<% if true -%>\nb\n<% end -%>\nc\n", Map.of())).isEqualTo("a\nb\nc\n");
    }

    @Test
    void propertiesAreAHashAndAnObject() throws IOException {
        assertThat(render(
                        "<%= raw_properties['a']['b'] %> <%= properties.a.b %> <%= properties.a.c %>",
                        Map.of("a", Map.of("b", 1))))
                .isEqualTo("1 1 two");
    }

    @Test
    void theSpecTellsJobAndId() throws IOException {
        assertThat(render(
                        "<%= spec.name %> <%= spec.job.name %> <%= spec.id %> <%= spec.az %> <%= spec.bootstrap %>"
                                + " <%= spec.address %> <%= spec.ip %>",
                        Map.of()))
                .startsWith("job job i ");
    }

    @Test
    void ifLinkAndItsAlternativesTellWhetherThereIsALink() throws IOException {
        assertThat(render("<% if_link('db') do |l| %><%= l.p('port') %><% end.else do %>alone<% end %>", Map.of(), DB))
                .isEqualTo("5432");
        assertThat(render("<% if_link('db') do |l| %>linked<% end.else do %>alone<% end %>", Map.of()))
                .isEqualTo("alone");
        assertThat(render(
                        "<% if_p('none') do |x| %>p<% end.else_if_link('db') do |l| %>link<% end.else do %>none<% end %>",
                        Map.of(), DB))
                .isEqualTo("link");
    }

    @Test
    void aLinkThatIsNotThereIsAnErrorThatNamesIt() {
        assertThatThrownBy(() -> render("<%= link('db').p('port') %>", Map.of()))
                .hasMessageContaining("Can't find link 'db'");
    }

    @Test
    void aMissingPropertyNamesTemplateAndLine() {
        assertThatThrownBy(() -> render("line one\n<%= p('x.y') %>", Map.of()))
                .isInstanceOf(TemplateRenderer.RenderingException.class)
                .hasMessage("Error filling in template 'file.erb' (line 2: Can't find property '[\"x.y\"]')");
    }

    @Test
    void thePostgresJobRendersWithItsDefaults() {
        RenderedJob job = postgres(Map.of());

        assertThat(job.files().get("config/postgresql.conf"))
                .contains("wal_level = logical", "listen_addresses = '127.9.0.2'", "max_connections = 100")
                .contains("shared_preload_libraries = 'repmgr,pg_stat_statements'")
                .doesNotContain("<%");
        Map<String, Object> bpm = new Yaml().load(job.files().get("config/bpm.yml"));
        assertThat(bpm.get("processes").toString())
                .contains("shutdown_signal=TERM", "/var/vcap/jobs/postgres/bin/leash");
        assertThat(job.files().get("bin/env"))
                .contains("CERTIFICATE_NAMES=IP:127.9.0.2,DNS:i.postgres.default.db.bosh");
        assertThat(job.toString()).doesNotContain("hush-hush");
    }

    @Test
    void thePostgresJobTakesItsPropertiesFromTheManifest() {
        RenderedJob job = postgres(Map.of("max_connections", 42, "tls", Map.of("names", List.of("db.example.com"))));

        assertThat(job.files().get("config/postgresql.conf")).contains("max_connections = 42");
        assertThat(job.files().get("bin/env")).contains("DNS:db.example.com");
    }

    /** RFC 5803, with Java's own cryptography in the place of Ruby's. */
    @Test
    void theNodeGetsAVerifierOfTheAdministratorsPasswordOnly() throws Exception {
        RenderedJob job = postgres(Map.of());

        String verifier = job.files().get("config/admin_verifier");
        String[] parts = verifier.split("[$:]");
        assertThat(parts).hasSize(5);
        assertThat(parts[0] + " " + parts[1]).isEqualTo("SCRAM-SHA-256 4096");
        byte[] salted = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                .generateSecret(new PBEKeySpec(
                        "hush-hush".toCharArray(), Base64.getDecoder().decode(parts[2]), 4096, 256))
                .getEncoded();
        assertThat(Base64.getDecoder().decode(parts[4])).isEqualTo(hmac(salted, "Server Key"));
        assertThat(Base64.getDecoder().decode(parts[3]))
                .isEqualTo(MessageDigest.getInstance("SHA-256").digest(hmac(salted, "Client Key")));
        assertThat(verifier)
                .as("it changes with the password only")
                .isEqualTo(postgres(Map.of()).files().get("config/admin_verifier"));
        assertThat(job.files().values()).noneMatch(file -> file.contains("hush-hush"));
    }

    private static byte[] hmac(byte[] key, String text) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void anEmptyPasswordIsRefusedBeforeAnythingIsTouched() {
        assertThatThrownBy(() -> postgres(Map.of("admin", Map.of("password", ""))))
                .hasMessageContaining("postgres.admin.password is empty");
    }

    @Test
    void theAdministratorsNameIsQuoted() {
        assertThat(postgres(Map.of("admin", Map.of("username", "a \"b\" # c", "password", "x")))
                        .files()
                        .get("config/pg_ident.conf"))
                .contains("node  vcap  \"a \"\"b\"\" # c\"\n");
        assertThatThrownBy(() -> postgres(Map.of("admin", Map.of("username", "a\npeer postgres x", "password", "x"))))
                .hasMessageContaining("holds a control character");
    }

    @Test
    void aNodeNamesNoPeer() {
        String all = postgres(Map.of()).files().values().toString();

        assertThat(all).doesNotContain("127.9.0.3");
    }

    private static RenderedJob postgres(Map<String, Object> more) {
        JobSpec spec = JobSpec.read(Path.of("../release/jobs/postgres"), List.of());
        Map<String, Object> postgres = new LinkedHashMap<>(more);
        postgres.putIfAbsent("admin", Map.of("password", "hush-hush"));
        Map<String, Object> tls = new LinkedHashMap<>();
        tls.put("ca", Map.of("certificate", "PEM", "private_key", "KEY"));
        if (more.get("tls") instanceof Map<?, ?> given) {
            given.forEach((key, value) -> tls.put(key.toString(), value));
        }
        postgres.put("tls", tls);
        return renderer.render(spec, context("postgres"), Map.of("postgres", postgres), Map.of());
    }

    private static final Map<String, Object> DB = Map.of(
            "db",
            Map.of(
                    "instances",
                    List.of(
                            Map.of(
                                    "name",
                                    "db",
                                    "index",
                                    0,
                                    "id",
                                    "i1",
                                    "az",
                                    "z1",
                                    "address",
                                    "10.0.0.1",
                                    "bootstrap",
                                    true,
                                    "properties",
                                    Map.of()),
                            Map.of(
                                    "name",
                                    "db",
                                    "index",
                                    1,
                                    "id",
                                    "i2",
                                    "az",
                                    "z1",
                                    "address",
                                    "10.0.0.2",
                                    "bootstrap",
                                    false,
                                    "properties",
                                    Map.of())),
                    "properties",
                    Map.of("port", 5432),
                    "address",
                    "q-s0.db.default.d.bosh"));

    private String render(String template, Map<String, Object> properties) throws IOException {
        return render(template, properties, Map.of());
    }

    private String render(String template, Map<String, Object> properties, Map<String, Object> links)
            throws IOException {
        Files.createDirectories(directory.resolve("templates"));
        Files.writeString(directory.resolve("templates/file.erb"), template);
        Files.writeString(directory.resolve("monit"), "");
        Files.writeString(
                directory.resolve("spec"),
                "name: job\ntemplates: {file.erb: file}\nproperties: {a.b: {}, a.c: {default: two}, x.y: {}}\n");
        return renderer.render(JobSpec.read(directory, List.of()), context("job"), properties, links)
                .files()
                .get("file");
    }

    private static Map<String, Object> context(String group) {
        Map<String, Object> context = new LinkedHashMap<>();
        context.put("deployment", "db");
        context.put("name", group);
        context.put("id", "i");
        context.put("index", 0);
        context.put("ip", "127.9.0.2");
        context.put("job", Map.of("name", group));
        context.put(
                "networks",
                Map.of("default", Map.of("ip", "127.9.0.2", "dns_record_name", "i." + group + ".default.db.bosh")));
        return context;
    }
}
