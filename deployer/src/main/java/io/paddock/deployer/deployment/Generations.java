package io.paddock.deployer.deployment;

import io.paddock.deployer.director.DirectorClient;
import io.paddock.deployer.template.RenderManifest;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Reads which generation of a deployment the director has, from the tag in its manifest. */
@Component
class Generations {

    private final DirectorClient director;

    Generations(DirectorClient director) {
        this.director = director;
    }

    /** Empty if nothing is deployed, or something that the deployer did not make. */
    Optional<Long> deployed(String name) {
        return director.deployment(name).map(DirectorClient.Manifest::manifest).flatMap(Generations::generation);
    }

    static Optional<Long> generation(String manifest) {
        Object tree = new Yaml(new SafeConstructor(new LoaderOptions())).load(manifest);
        if (tree instanceof Map<?, ?> map
                && map.get("tags") instanceof Map<?, ?> tags
                && tags.get(RenderManifest.GENERATION) != null) {
            return Optional.of(
                    Long.parseLong(tags.get(RenderManifest.GENERATION).toString()));
        }
        return Optional.empty();
    }
}
