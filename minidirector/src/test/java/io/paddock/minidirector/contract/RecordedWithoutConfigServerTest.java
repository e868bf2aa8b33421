package io.paddock.minidirector.contract;

import java.util.Map;
import java.util.function.Consumer;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The exchanges that were recorded while the director had no config server. */
class RecordedWithoutConfigServerTest extends RecordedExchanges {

    @DynamicPropertySource
    static void noConfigServer(DynamicPropertyRegistry registry) {
        registry.add("minidirector.state-directory", () -> state() + "-no-config-server");
        registry.add("minidirector.config-server", () -> "false");
    }

    @Override
    Map<String, Consumer<RecordedExchanges>> files() {
        return Map.of("fail-variable-in-property", test -> {}, "fail-variables-block", test -> {});
    }
}
