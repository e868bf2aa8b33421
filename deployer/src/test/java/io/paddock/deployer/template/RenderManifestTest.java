package io.paddock.deployer.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paddock.contracts.service.ProblemException;
import io.paddock.deployer.deployment.ExampleAttributes;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.ClassPathResource;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.json.JsonMapper;

class RenderManifestTest {

    private final TemplateProperties properties =
            new TemplateProperties(new ClassPathResource("templates/"), "/paddock");
    private RenderManifest render;
    private ManifestTemplate template;

    @BeforeEach
    void template() throws Exception {
        render = new RenderManifest(properties, new JsonMapper());
        template = new Templates(properties, new JsonMapper()).get("postgresql");
    }

    @Test
    void aValueKeepsItsType() {
        Map<String, Object> manifest = render(ExampleAttributes.singleSmall());

        Map<?, ?> group = (Map<?, ?>) ((List<?>) manifest.get("instance_groups")).get(0);
        assertThat(group.get("instances")).isEqualTo(1);
        assertThat(group.get("azs")).isEqualTo(List.of("z1"));
        assertThat(group.get("vm_type")).isEqualTo("small");
    }

    @Test
    void variablesPassThroughUnderTheNamesOfTheirDeployment() {
        Map<String, Object> manifest = render(ExampleAttributes.singleSmall());

        assertThat(manifest.get("variables").toString())
                .contains("/paddock/db/admin_password")
                .contains("/paddock/db/ca");
        assertThat(manifest.get("instance_groups").toString())
                .contains("((/paddock/db/admin_password))")
                .contains("((/paddock/db/ca.private_key))");
    }

    @Test
    void aValueCanNotBecomeStructure() {
        Map<String, Object> attributes = ExampleAttributes.singleSmall();
        attributes.put("vm_type", "small\n  - name: evil: {a: b}");

        Map<?, ?> group = (Map<?, ?>) ((List<?>) render(attributes).get("instance_groups")).get(0);

        assertThat(group.get("vm_type")).isEqualTo("small\n  - name: evil: {a: b}");
    }

    @Test
    void aValueThatTheDirectorWouldResolveIsRefused() {
        Map<String, Object> attributes = ExampleAttributes.singleSmall();
        attributes.put("azs", List.of("((/other/deployment/admin_password))"));

        assertThatThrownBy(() -> render(attributes))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("azs")
                .hasMessageContaining("((");
    }

    @Test
    void aPlaceholderThatNobodyDeclaredIsAnError() {
        ManifestTemplate broken = new ManifestTemplate(
                "broken",
                Map.of("name", "((deployment))", "update", "((unknown))"),
                Map.of(),
                "{}",
                template.outputs());

        assertThatThrownBy(() -> render.render(broken, "db", Map.of(), 1))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("((unknown))");
    }

    @Test
    void theManifestIsTaggedWithItsGeneration() {
        assertThat(render(ExampleAttributes.singleSmall()).get("tags"))
                .isEqualTo(Map.of("generation", "7", "template", "postgresql"));
    }

    private Map<String, Object> render(Map<String, Object> attributes) {
        return new Yaml().load(render.render(template, "db", attributes, 7));
    }
}
