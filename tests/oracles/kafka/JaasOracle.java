// How Kafka's Java clients read sasl.jaas.config. One text in base64 per line; the answer is {"module","options"}, where
// they take it, with every text in base64, and null where they refuse it.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.Configuration;

public final class JaasOracle {
    private static String encoded(String text) {
        return '"' + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)) + '"';
    }

    private static String answer(Constructor<?> reader, String text) {
        AppConfigurationEntry[] entries;
        try {
            entries = ((Configuration) reader.newInstance("client", text)).getAppConfigurationEntry("client");
        } catch (ReflectiveOperationException refused) {
            return "null";
        }
        if (entries == null || entries.length != 1) return "null";
        StringBuilder options = new StringBuilder();
        for (Map.Entry<String, ?> option : entries[0].getOptions().entrySet()) {
            if (option.getKey() == null) continue;
            if (options.length() > 0) options.append(',');
            options.append(encoded(option.getKey())).append(':').append(encoded((String) option.getValue()));
        }
        return "{\"module\":" + encoded(entries[0].getLoginModuleName()) + ",\"options\":{" + options + "}}";
    }

    public static void main(String[] arguments) throws Exception {
        Constructor<?> reader =
            Class.forName("org.apache.kafka.common.security.JaasConfig").getConstructor(String.class, String.class);
        reader.setAccessible(true);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = lines.readLine()) != null;)
            System.out.println(answer(reader, new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8)));
    }
}
