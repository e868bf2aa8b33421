package io.paddock.broker.operation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.paddock.contracts.spi.DeploymentSpec;
import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Converter;
import org.jspecify.annotations.Nullable;

/** A deployment spec as a text column. */
@Converter
class SpecJson implements AttributeConverter<@Nullable DeploymentSpec, @Nullable String> {

    /** A newer broker beside this one, or before it, may have stored more. */
    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    @Override
    public @Nullable String convertToDatabaseColumn(@Nullable DeploymentSpec spec) {
        try {
            return spec == null ? null : JSON.writeValueAsString(spec);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("not a deployment spec", impossible);
        }
    }

    @Override
    public @Nullable DeploymentSpec convertToEntityAttribute(@Nullable String column) {
        try {
            return column == null ? null : JSON.readValue(column, DeploymentSpec.class);
        } catch (JsonProcessingException corrupt) {
            throw new IllegalStateException("a stored deployment spec is not JSON", corrupt);
        }
    }
}
