package io.paddock.deployer.deployment;

import io.paddock.contracts.deployer.Comparison;
import io.paddock.contracts.deployer.ComparisonRequest;
import io.paddock.contracts.deployer.Inventory;
import io.paddock.deployer.credential.ConfigServerClient;
import io.paddock.deployer.director.DirectorClient;
import io.paddock.deployer.template.RenderManifest;
import io.paddock.deployer.template.TemplateProperties;
import io.paddock.deployer.template.Templates;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Says what there is at the director and in the config server, and how it differs from what should be. Changes nothing. */
@Component
class TakeInventory {

    private final DirectorClient director;
    private final ConfigServerClient configServer;
    private final Templates templates;
    private final RenderManifest renderManifest;
    private final TemplateProperties properties;

    TakeInventory(
            DirectorClient director,
            ConfigServerClient configServer,
            Templates templates,
            RenderManifest renderManifest,
            TemplateProperties properties) {
        this.director = director;
        this.configServer = configServer;
        this.templates = templates;
        this.renderManifest = renderManifest;
        this.properties = properties;
    }

    Inventory inventory() {
        String path = properties.variablePath() + "/";
        TreeSet<String> withVariables = new TreeSet<>();
        for (String name : configServer.namesBelow(properties.variablePath())) {
            if (name.startsWith(path) && name.indexOf('/', path.length()) > 0) {
                withVariables.add(name.substring(path.length(), name.indexOf('/', path.length())));
            }
        }
        return new Inventory(director.deployments().stream().sorted().toList(), List.copyOf(withVariables));
    }

    Comparison compare(String name, ComparisonRequest wanted) {
        Optional<String> deployed = director.deployment(name).map(DirectorClient.Manifest::manifest);
        if (deployed.isEmpty()) {
            return new Comparison(false, 0, List.of());
        }
        long generation = Generations.generation(deployed.get()).orElse(0L);
        String rendered =
                renderManifest.render(templates.get(wanted.template()), name, wanted.attributes(), generation);
        List<String> differences = new ArrayList<>();
        compare("", parse(rendered), parse(deployed.get()), differences);
        return new Comparison(true, generation, differences);
    }

    private static Object parse(String manifest) {
        return new Yaml(new SafeConstructor(new LoaderOptions())).load(manifest);
    }

    private static void compare(
            String path, @Nullable Object wanted, @Nullable Object found, List<String> differences) {
        if (wanted instanceof Map<?, ?> one && found instanceof Map<?, ?> other) {
            TreeSet<String> keys = new TreeSet<>();
            one.keySet().forEach(key -> keys.add(String.valueOf(key)));
            other.keySet().forEach(key -> keys.add(String.valueOf(key)));
            keys.forEach(key -> compare(path + "/" + key, one.get(key), other.get(key), differences));
        } else if (wanted instanceof List<?> one && found instanceof List<?> other && one.size() == other.size()) {
            for (int i = 0; i < one.size(); i++) {
                compare(path + "/" + i, one.get(i), other.get(i), differences);
            }
        } else if (!Objects.equals(wanted, found)) {
            differences.add(path);
        }
    }
}
